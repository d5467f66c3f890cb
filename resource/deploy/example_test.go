package deploy_test

import (
	"context"
	"fmt"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/resource/deploy"
	"github.com/orgpbx/orgpbx/store/memstore"
)

func Example() {
	ctx := context.Background()
	store := memstore.New()
	deployer := deploy.New(store, resource.NoPBX{}, deploy.Options{})
	orgs := org.New(store, org.Options{Changed: deployer.Changed})

	profile, _ := orgs.Draft(org.General)
	profile.Name = "Example"
	o, _, _ := orgs.Create(ctx, profile)
	fmt.Println(o.Config.State, o.Config.DesiredRevision, o.Config.AppliedRevision)

	// A program runs deployer.Run(ctx) in the background and does not call this.
	d, err := deployer.Deploy(ctx, o.ID)
	fmt.Println(d.State, d.Revision, err)
	// Output:
	// pending 1 0
	// applied 1 <nil>
}
