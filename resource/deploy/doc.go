// Package deploy keeps a PBX in step with the store.
//
// Every change of an organisation raises its desired revision. [Service.Deploy]
// takes a snapshot at that revision, has the [resource.PBX] apply it, and
// records the result. [Service.Run] does so by itself for whatever is behind,
// after a crash too, and tries again with a growing delay while the PBX is away:
//
//	deployer := deploy.New(store, pbx, deploy.Options{Sealer: sealer})
//	orgs := org.New(store, org.Options{Changed: deployer.Changed})
//	go deployer.Run(ctx)
//
// A [Plan] and a [Deployment] also say what of the revision does not work as it
// looks: see [resource.Snapshot.Warnings]. Nothing is held back for it.
//
// Any number of processes may run one on the same store: a lease lets one of
// them change an organisation at a time. Run also finds what somebody else
// changed in the PBX, and [Service.Revision] has what was live before.
//
// A deploy that fails loses nothing: the change stays desired, the error is
// kept on the [Deployment], and the next try starts from the newest revision.
package deploy
