package confdir_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orgpbx/orgpbx/asterisk"
	"github.com/orgpbx/orgpbx/asterisk/ami"
	"github.com/orgpbx/orgpbx/asterisk/confdir"
	"github.com/orgpbx/orgpbx/resource"
)

// instantAMI is an Asterisk that takes no time and has every PJSIP object it is
// asked for. It shows no settings, so the benchmark has only those that are
// not compared.
type instantAMI struct{}

func (instantAMI) Do(context.Context, ami.Action) (ami.Response, error) { return ami.Response{}, nil }

func (instantAMI) List(context.Context, ami.Action) ([]ami.Event, error) { return nil, nil }

func (instantAMI) Command(context.Context, string) (string, error) {
	return "ParameterName : ParameterValue", nil
}

// manyUsers is an organisation with 50 phones, each of whose objects has 12
// settings that differ between editions.
func manyUsers(prefix string, edition int) asterisk.Config {
	c := asterisk.Config{Prefix: prefix, Files: []asterisk.File{{Name: "pjsip"}, {Name: "extensions"}, {Name: "queues"}, {Name: "voicemail"}}}
	for i := range 50 {
		name := fmt.Sprintf("%su%d", prefix, i)
		for _, kind := range []string{asterisk.KindEndpoint, asterisk.KindAuth, asterisk.KindAOR} {
			settings := make([]string, 0, 12)
			for range 12 {
				settings = append(settings, fmt.Sprintf("type=%s%d", kind, edition))
			}
			c.Files[0].Sections = append(c.Files[0].Sections, section(name, kind, settings...))
		}
	}
	return c
}

// BenchmarkApply measures what an Apply costs outside of Asterisk, one
// organisation among 100, each with 50 phones.
func BenchmarkApply(b *testing.B) {
	dir := b.TempDir()
	p, err := confdir.New(confdir.Config{Dir: dir, AMI: instantAMI{}})
	require.NoError(b, err)
	var editions [2]asterisk.Config
	for i := range 100 {
		editions = [2]asterisk.Config{manyUsers(fmt.Sprintf("alpha%d", i), 1), manyUsers(fmt.Sprintf("alpha%d", i), 2)}
		_, err := p.ApplyConfig(b.Context(), editions[0])
		require.NoError(b, err)
	}
	b.Run("change", func(b *testing.B) {
		for i := 1; b.Loop(); i++ {
			changes, err := p.ApplyConfig(b.Context(), editions[i%2])
			require.NoError(b, err)
			require.Len(b, changes, 150)
		}
	})
	b.Run("nothing", func(b *testing.B) {
		_, err := p.ApplyConfig(b.Context(), editions[0])
		require.NoError(b, err)
		for b.Loop() {
			changes, err := p.ApplyConfig(b.Context(), editions[0])
			require.NoError(b, err)
			require.Equal(b, []resource.Change(nil), changes)
		}
	})
}
