package confdir_test

import (
	"context"
	"fmt"
	"os"

	"github.com/orgpbx/orgpbx/asterisk/confdir"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
)

// Without an AMI connection the files are written and Asterisk is left alone.
func Example() {
	dir, err := os.MkdirTemp("", "confdir")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	pbx, err := confdir.New(confdir.Config{Dir: dir})
	if err != nil {
		panic(err)
	}

	snapshot := resource.Snapshot{Organization: org.Organization{ContextPrefix: "k3v9x2m4"}}
	snapshot.Organization.Status = org.Active
	changes, err := pbx.Apply(context.Background(), snapshot)
	if err != nil {
		panic(err)
	}
	for _, change := range changes[:2] {
		fmt.Println(change.Action, change.Object, change.Name)
	}
	// Output:
	// add global ORGPBX_k3v9x2m4_STATUS
	// add global ORGPBX_k3v9x2m4_CALLS
}
