package live

import (
	"context"
	"strings"

	"github.com/orgpbx/orgpbx/asterisk"
)

// objectKey names a PJSIP object of an organisation.
type objectKey struct{ kind, name string }

func keyOf(s asterisk.Section) objectKey { return objectKey{s.Kind, s.Name} }

// kinds are the types of PJSIP object that are kept in the database, in the
// order in which they are made: what is named by another comes before it. They
// are deleted the other way round.
func kinds() []string {
	return []string{
		asterisk.KindAuth, asterisk.KindAOR, asterisk.KindEndpoint, asterisk.KindIdentify, asterisk.KindRegistration,
	}
}

// readObjects returns the text of every PJSIP object of an organisation.
func (c console) readObjects(ctx context.Context, prefix string) (map[objectKey]string, error) {
	// Asterisk compares with LIKE: one look through the database finds the
	// objects of all types.
	events, err := c.list(ctx, "DBGetTree", "Family", family, "Key", "%/"+prefix+"-%")
	if err != nil {
		return nil, err
	}
	objects := map[objectKey]string{}
	for _, e := range events {
		rest, ok := strings.CutPrefix(e.Get("Key"), "/"+family+"/")
		kind, name, isObject := strings.Cut(rest, "/")
		if ok && isObject && strings.HasPrefix(name, prefix+"-") {
			objects[objectKey{kind, name}] = e.Get("Val")
		}
	}
	return objects, nil
}

func (c console) putObject(ctx context.Context, key objectKey, object string) error {
	return c.putEntry(ctx, family+"/"+key.kind, key.name, object)
}

func (c console) putEntry(ctx context.Context, family, key, value string) error {
	_, err := c.do(ctx, "DBPut", "Family", family, "Key", key, "Val", value)
	return err
}

// dropObject deletes an object. It is no error when there is none.
func (c console) dropObject(ctx context.Context, key objectKey) error {
	return c.dropEntry(ctx, family+"/"+key.kind, key.name)
}

func (c console) dropEntry(ctx context.Context, family, key string) error {
	_, err := c.do(ctx, "DBDel", "Family", family, "Key", key)
	if strings.Contains(refusal(err), "could not be deleted") {
		return nil // there was none; what is still there is seen by who looks
	}
	return err
}
