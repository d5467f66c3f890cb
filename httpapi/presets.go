package httpapi

import "github.com/orgpbx/orgpbx/org"

type presetResponse struct {
	Industry   org.Industry       `json:"industry" example:"hotel"`
	Label      string             `json:"label" doc:"For people." example:"Hotel"`
	Settings   settingsResponse   `json:"settings"`
	Limits     callLimitsResponse `json:"limits"`
	Compliance complianceResponse `json:"compliance"`

	EmergencyNumbers []string `json:"emergency_numbers" nullable:"false" example:"[\"112\",\"911\"]"`
}

// listPresets answers in the form of a list, always on one page.
func (a *API) listPresets(*call, nothing) (reply[page[presetResponse]], error) {
	out := page[presetResponse]{Items: []presetResponse{}}
	for _, p := range a.config.Organizations.Presets() {
		out.Items = append(out.Items, presetResponse{
			Industry:   p.Industry,
			Label:      p.Label,
			Settings:   showSettings(p.Settings),
			Limits:     callLimitsResponse(p.Limits),
			Compliance: complianceResponse(p.Compliance),

			EmergencyNumbers: append([]string{}, p.EmergencyNumbers...),
		})
	}
	return reply[page[presetResponse]]{body: out}, nil
}
