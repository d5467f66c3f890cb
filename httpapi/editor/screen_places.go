package editor

import (
	"strings"

	"github.com/orgpbx/orgpbx/resource"
)

// trunk chooses one of the organisation's.
func trunk[T any](s resource.Snapshot, of func(*T) *string) input[T] {
	var ids []string
	names := map[string]string{}
	for _, t := range s.Trunks {
		ids = append(ids, t.ID)
		names[t.ID] = t.Name
	}
	i := choice("trunk_id", ids, of)
	i.names = names
	return i
}

// leadsTo chooses where a call goes: one of the organisation's places, nowhere,
// or a phone number, which is in a field of its own.
func leadsTo[T any](s resource.Snapshot, name string, get func(*T) resource.Destination, set func(*T, resource.Destination)) []input[T] {
	choices, names := places(s)
	external := string(resource.ToExternal)
	return []input[T]{
		{
			name: name, kind: choiceInput, choices: choices, names: names,
			read: func(v *T) string {
				if to := get(v); to.Type != resource.ToExternal {
					return placeOf(to)
				}
				return external
			},
			write: func(v *T, given string) error {
				kind, number, _ := strings.Cut(given, " ")
				if kind == external { // the other field brings the number
					number = ""
				}
				set(v, resource.Destination{Type: resource.DestinationType(kind), Number: number})
				return nil
			},
		},
		{
			name: name + "_external", kind: phoneInput,
			read: func(v *T) string {
				if to := get(v); to.Type == resource.ToExternal {
					return to.Number
				}
				return ""
			},
			write: func(v *T, given string) error {
				if to := get(v); to.Type == resource.ToExternal {
					set(v, resource.Destination{Type: to.Type, Number: strings.TrimSpace(given)})
				}
				return nil
			},
		},
	}
}

// mayLeadTo is leadsTo where nowhere is nil.
func mayLeadTo[T any](s resource.Snapshot, name string, of func(*T) **resource.Destination) []input[T] {
	return leadsTo(s, name,
		func(v *T) resource.Destination {
			if to := *of(v); to != nil {
				return *to
			}
			return resource.Destination{}
		},
		func(v *T, to resource.Destination) {
			*of(v) = &to
			if to == (resource.Destination{}) {
				*of(v) = nil
			}
		})
}

// placeOf is a destination as a choice.
func placeOf(d resource.Destination) string {
	return strings.TrimSpace(string(d.Type) + " " + d.Number)
}

// places lists all that a call can be sent to, and what people call it.
func places(s resource.Snapshot) (choices []string, names map[string]string) {
	choices, names = []string{""}, map[string]string{"": label("nowhere")}
	add := func(t resource.DestinationType, number, name string) {
		place := placeOf(resource.Destination{Type: t, Number: number})
		choices = append(choices, place)
		names[place] = strings.TrimSpace(label(t) + " " + number + " " + name)
	}
	for _, u := range s.Users {
		add(resource.ToExtension, u.Extension, u.FullName)
		if u.VoicemailEnabled {
			add(resource.ToVoicemail, u.Extension, u.FullName)
		}
	}
	for _, q := range s.Queues {
		add(resource.ToQueue, q.Number, q.Name)
	}
	for _, i := range s.IVRs {
		add(resource.ToIVR, i.Number, i.Name)
	}
	for _, c := range s.Conferences {
		add(resource.ToConference, c.Number, c.Name)
	}
	for _, a := range s.AIAgents {
		add(resource.ToAIAgent, a.Number, a.Name)
	}
	return append(choices, string(resource.ToExternal)), names
}
