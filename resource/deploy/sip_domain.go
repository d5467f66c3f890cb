package deploy

import "context"

// SIPDomain returns where the phones of an organisation register. The store is
// read only where nodes have domains of their own. It is "" where none is set,
// and where it cannot be read: then who shows it has to do without.
func (s *Service) SIPDomain(ctx context.Context, contextPrefix string) string {
	if len(s.opts.NodeSIPDomains) == 0 {
		return s.sipDomainOn("", contextPrefix)
	}
	p, err := s.Placement(ctx, contextPrefix)
	if err != nil {
		s.opts.Logger.WarnContext(ctx, "read where phones register", "context_prefix", contextPrefix, "error", err)
		return ""
	}
	return s.sipDomainOn(p.Node, contextPrefix)
}

// sipDomainOn is the SIP domain of an organisation that is on a node, or nowhere.
func (s *Service) sipDomainOn(node, contextPrefix string) string {
	if own, has := s.opts.NodeSIPDomains[node]; has {
		return own.For(contextPrefix)
	}
	return s.opts.SIPDomain.For(contextPrefix)
}
