package bunstore

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/org/audit"
	"github.com/orgpbx/orgpbx/resource/cdr"
)

// BenchmarkPurgeCalls deletes all calls but the newest of an organisation that has
// half of all, while a feed goes on to save calls of the same organisation, and says
// how long the longest of its batches waited.
func BenchmarkPurgeCalls(b *testing.B) {
	for _, d := range databases {
		b.Run(string(d.dialect), func(b *testing.B) {
			of := benchCalls(b)
			s := open(b, d.dialect, d.create(b))
			all := houses(b, s)
			now := benchBegin.Add(benchSpan)
			calls := cdr.New(s, cdr.Options{Now: func() time.Time { return now }})
			fill(b, s, calls, all, of)
			days := 1
			_, err := s.ChangeOrganization(b.Context(), all[0].ID, func(o *org.Organization) error {
				o.Compliance.RetentionCDRDays = &days
				return nil
			})
			require.NoError(b, err)
			before := countCalls(b, s, all[0].ID)

			ctx, stop := context.WithCancel(b.Context())
			var feed sync.WaitGroup
			var longest time.Duration
			saved := 0
			feed.Go(func() {
				for n := of; ctx.Err() == nil; n += 2 {
					begun := time.Now()
					if calls.Record(ctx, []cdr.Record{benchRecord(all, n, of)}) == nil {
						longest, saved = max(longest, time.Since(begun)), saved+1
					}
				}
			})
			b.ResetTimer()
			require.NoError(b, calls.Purge(b.Context()))
			b.StopTimer()
			stop()
			feed.Wait()
			gone := before - countCalls(b, s, all[0].ID) + saved
			b.ReportMetric(float64(gone)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(longest.Milliseconds()), "ms-longest-write")
			b.ReportMetric(float64(saved)/b.Elapsed().Seconds(), "writes/s")
			entries, err := s.Entries(b.Context(), all[0].ID, audit.Filter{Operation: "purge-calls"}, audit.Page{})
			require.NoError(b, err)
			require.NotEmpty(b, entries)
		})
	}
}

func countCalls(b *testing.B, s *Store, organizationID string) int {
	b.Helper()
	n, err := s.db.NewSelect().Model((*callRow)(nil)).Where("organization_id = ?", organizationID).Count(b.Context())
	require.NoError(b, err)
	return int(n)
}
