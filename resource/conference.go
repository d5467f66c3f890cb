package resource

// Conference is a room in which everybody who dialled its number hears each
// other. It belongs to one organisation and nobody else can get in.
type Conference struct {
	Meta
	Name string `json:"name" validate:"required,label"` // unique in the organisation, ignoring case
	// Number is what to dial: 2 to 6 digits, unique among everything of the
	// organisation that can be dialled.
	Number string `json:"number" validate:"required,extension"`
	// PIN is what a caller has to enter: 4 to 10 digits, or "" for nothing.
	PIN string `json:"pin" validate:"omitempty,pin"`
	// MaxMembers is how many may be in the room at a time; 0 is as many as like.
	MaxMembers int `json:"max_members" validate:"min=0,max=500"`
}
