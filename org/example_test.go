package org_test

import (
	"context"
	"fmt"

	"github.com/orgpbx/orgpbx/limits"
	"github.com/orgpbx/orgpbx/org"
	"github.com/orgpbx/orgpbx/store/memstore"
)

func Example() {
	ctx := context.Background()
	orgs := org.New(memstore.New(), org.Options{})

	profile, _ := orgs.Draft(org.Hospital)
	profile.Name = "North Ward"
	profile.Settings.MaxUsers = limits.AtMost(80)
	created, secret, err := orgs.Create(ctx, profile)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(created.Name, created.Status, created.Compliance.RecordingConsent)
	fmt.Println("the secret prints as", secret)

	_, err = orgs.Authenticate(ctx, created.APIKey, secret)
	fmt.Println(err)
	_, err = orgs.Update(ctx, created.ID, 0, func(p *org.Profile) error {
		p.Status = org.Suspended
		return nil
	})
	fmt.Println(err)
	_, err = orgs.Authenticate(ctx, created.APIKey, secret)
	fmt.Println(err)
	// Output:
	// North Ward active explicit_opt_in
	// the secret prints as [redacted]
	// <nil>
	// <nil>
	// organization suspended
}
