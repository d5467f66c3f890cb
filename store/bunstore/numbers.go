package bunstore

import (
	"context"

	"github.com/uptrace/bun"
)

// OwnNumbers implements [mask.Numbers].
func (s *Store) OwnNumbers(ctx context.Context, organizationID string, among []string) ([]string, error) {
	among = storableOf(among)
	if len(among) == 0 || !storable(organizationID) {
		return nil, nil
	}
	var own []string
	err := s.db.NewRaw(
		`SELECT number FROM orgpbx_dids WHERE organization_id = ?0 AND number IN (?1)
		 UNION ALL
		 SELECT extension FROM orgpbx_users WHERE organization_id = ?0 AND extension IN (?1)
		 UNION ALL
		 SELECT number FROM orgpbx_queues WHERE organization_id = ?0 AND number IN (?1)
		 UNION ALL
		 SELECT number FROM orgpbx_ivrs WHERE organization_id = ?0 AND number IN (?1)
		 UNION ALL
		 SELECT number FROM orgpbx_conferences WHERE organization_id = ?0 AND number IN (?1)
		 UNION ALL
		 SELECT number FROM orgpbx_ai_agents WHERE organization_id = ?0 AND number IN (?1)`,
		organizationID, bun.List(among),
	).Scan(ctx, &own)
	return own, failed(ctx, "look for own numbers", err)
}
