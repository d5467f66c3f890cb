package live

import (
	"context"
	"slices"

	"github.com/orgpbx/orgpbx/asterisk"
)

// shows reports whether Asterisk shows a PJSIP object as it is written, by one
// setting of it: Asterisk reads an object from its database whenever it needs
// it, and has all of it or nothing. have is what was written before. What it
// cannot tell it reports as false: then the object is looked at as a whole,
// which costs more the more there is in the database, because Asterisk looks
// through all of it for contacts.
func (p *PBX) shows(ctx context.Context, s, have asterisk.Section) (bool, error) {
	switch s.Kind {
	case asterisk.KindAuth, asterisk.KindAOR, asterisk.KindEndpoint:
	default:
		return false, nil // to look at a registration also starts it
	}
	i := slices.IndexFunc(s.Lines, func(l asterisk.Line) bool {
		return isPlain(l.Key) && !slices.Contains(have.Lines, l)
	})
	if i < 0 {
		return false, nil
	}
	answer, err := p.console.do(ctx, "Getvar", "Variable", "AST_SORCERY(res_pjsip,"+s.Kind+","+s.Name+","+s.Lines[i].Key+")")
	if err != nil && refusal(err) == "" {
		return false, err
	}
	return err == nil && answer.Get("Value") == s.Lines[i].Value, nil
}

// isPlain reports whether Asterisk shows a setting in the words in which it was
// written.
func isPlain(key string) bool {
	return slices.Contains([]string{"context", "aors", "auth", "username", "password_digest", "md5_cred", "max_contacts"}, key)
}

// withoutShown returns a configuration without the PJSIP objects that Asterisk
// shows.
func (p *PBX) withoutShown(ctx context.Context, c asterisk.Config) (asterisk.Config, error) {
	rest := asterisk.Config{Prefix: c.Prefix}
	for _, f := range c.Files {
		left := asterisk.File{Name: f.Name}
		for _, s := range f.Sections {
			if f.Name == "pjsip" {
				shown, err := p.shows(ctx, s, asterisk.Section{})
				if err != nil {
					return rest, err
				}
				if shown {
					continue
				}
			}
			left.Sections = append(left.Sections, s)
		}
		rest.Files = append(rest.Files, left)
	}
	return rest, nil
}

// awaitObject waits until Asterisk shows a PJSIP object that was written, as it
// was written.
func (c *change) awaitObject(ctx context.Context, s asterisk.Section) error {
	key := keyOf(s)
	shown, err := c.shows(ctx, s, decode(key.kind, key.name, c.have.objects[key]))
	if err != nil || shown {
		return err
	}
	// To look at a registration also starts it.
	return c.inspector.Await(ctx, asterisk.Config{}, only(s), nil, 0)
}
