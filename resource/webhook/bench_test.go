package webhook_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/internal/backends"
	"github.com/orgpbx/orgpbx/internal/postgrestest"
	"github.com/orgpbx/orgpbx/org/event"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/webhook"
)

// BenchmarkDelivery is one event from the store to a receiver and back, with a
// TLS connection that is kept.
func BenchmarkDelivery(b *testing.B) {
	for _, bench := range backends.Kinds(os.Getenv(postgrestest.Variable)) {
		b.Run(bench.Name, func(b *testing.B) {
			db := bench.Open(b)
			r := newReceiver(b)
			s := newStand(b, db, options(r))
			w, _ := s.hook(b, r)
			for range b.N {
				e, err := event.New(event.CallFinished, s.clock.Now(), struct{}{})
				require.NoError(b, err)
				require.NoError(b, db.InsertDelivery(b.Context(), s.o.ID, webhook.NewDelivery(e.ID, w.ID, e)))
			}
			b.ResetTimer()
			s.run(b)
			for range b.N {
				r.next(b)
			}
		})
	}
}

// BenchmarkChange is a change of a resource: without webhooks, and told to one.
func BenchmarkChange(b *testing.B) {
	for _, bench := range backends.Kinds(os.Getenv(postgrestest.Variable)) {
		for name, told := range map[string]bool{"nobody listens": false, "told to one": true} {
			b.Run(bench.Name+"/"+name, func(b *testing.B) {
				db := bench.Open(b)
				r := newReceiver(b)
				s := newStand(b, db, options(r))
				if told {
					s.hook(b, r)
				}
				users := resource.New(db, resource.Options{}).Users()
				u := resource.UserDefaults()
				u.Extension = "1001"
				u, _, err := users.Create(b.Context(), s.o.ID, u)
				require.NoError(b, err)
				for b.Loop() {
					_, err := users.Update(b.Context(), s.o.ID, u.ID, 0, func(*resource.User) error { return nil })
					require.NoError(b, err)
				}
			})
		}
	}
}
