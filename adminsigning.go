package sallyport

import "context"

// RotateSigningKeys is [Engine.RotateKeys] in the name of the actor.
func (a *Admin) RotateSigningKeys(ctx context.Context, in KeyRotation) (SigningKey, error) {
	if err := a.actor.check(); err != nil {
		return SigningKey{}, err
	}
	return a.e.rotateBy(ctx, &a.actor, in)
}

// ImportSigningKey is [Engine.ImportKey] in the name of the actor.
func (a *Admin) ImportSigningKey(ctx context.Context, in ImportedKey) (SigningKey, error) {
	if err := a.actor.check(); err != nil {
		return SigningKey{}, err
	}
	return a.e.importBy(ctx, &a.actor, in)
}

// RetireSigningKeys is [Engine.RetireKeys] in the name of the actor.
func (a *Admin) RetireSigningKeys(ctx context.Context, ids ...string) error {
	if err := a.actor.check(); err != nil {
		return err
	}
	return a.e.retireBy(ctx, &a.actor, ids)
}
