// Package fleet makes one PBX of several: each organisation is on one node.
//
//	pbx, err := fleet.New([]fleet.Node{
//		{Name: "pbx1", PBX: first, Calls: first.Calls, Has: first.Has, Switches: first},
//		{Name: "pbx2", PBX: second, Calls: second.Calls, Has: second.Has, Switches: second},
//	}, store, fleet.Options{})
//
// An organisation is placed when it is first applied, on the node with the
// fewest endpoints, unless it was placed before. Where it is stays written in
// the store, and changes by [Fleet.Move] alone. A node that is away makes its
// own organisations wait, and nobody else's.
//
// A node is an [asterisk/live] PBX as a rule. What phones switched by codes moves
// along with an organisation, and voicemail where [Options] has what brings it.
// Phones and carriers find the node of an organisation by its SIP name in the
// operator's DNS, which follows a move.
package fleet
