package sallyport

// audience is whom the published tokens are for: nobody, unless the host says so.
func (e *Engine) audience() []string {
	if e.cfg.StaticAudience == "" {
		return nil
	}
	return []string{e.cfg.StaticAudience}
}
