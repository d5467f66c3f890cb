package resource_test

import (
	"context"
	"fmt"

	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/resource"
	"github.com/orgpbx/orgpbx/store/memstore"
)

func Example() {
	ctx := context.Background()
	store := memstore.New()
	orgs := org.New(store, org.Options{})
	resources := resource.New(store, resource.Options{})

	profile, _ := orgs.Draft(org.Hotel)
	profile.Name = "Harbour Rooms"
	o, _, _ := orgs.Create(ctx, profile)

	trunk := resource.TrunkDefaults()
	trunk.Name, trunk.Type, trunk.Host = "Carrier", resource.PeerToPeerTrunk, "sip.example.net"
	trunk, err := resources.Trunks().Create(ctx, o.ID, trunk)
	fmt.Println(trunk.Name, trunk.Port, err)

	user, password, err := resources.Users().Create(ctx, o.ID, resource.User{
		Extension: "1001", Role: "agent", RingTarget: resource.RingExtension,
	})
	fmt.Println(user.Extension, password, err)

	_, err = resources.DIDs().Create(ctx, o.ID, resource.DID{
		Number: "+4930111111", TrunkID: trunk.ID,
		Routing: resource.Destination{Type: resource.ToExtension, Number: "1002"},
	})
	fmt.Println(err)
	// Output:
	// Carrier 5060 <nil>
	// 1001 [redacted] <nil>
	// create did: invalid: routing_destination must be the extension of a user of this organisation
}
