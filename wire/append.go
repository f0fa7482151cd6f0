package wire

import "github.com/sallyport-auth/sallyport/internal/jsonobj"

// What every login is answered with is written here member by member, since
// reflection takes several times as long. All other documents are left to
// encoding/json. A test compares what is written here with what encoding/json
// writes.

// appender is a document that writes its members.
type appender interface{ appendTo(o *jsonobj.Object) }

func (t *TokenError) appendTo(o *jsonobj.Object) {
	o.String("error", t.Error)
	o.String("error_description", t.ErrorDescription)
	o.String("VGAuthenticationStatus", t.VGAuthenticationStatus)
	o.String("AuthenticationMethod", t.AuthenticationMethod)
	if t.VGResponse != nil {
		o.Open("VGResponse")
		t.VGResponse.appendTo(o)
		o.Close()
	}
}

func (t *TokenSuccess) appendTo(o *jsonobj.Object) {
	r := RefreshSuccess{AccessToken: t.AccessToken, ExpiresIn: t.ExpiresIn, TokenType: t.TokenType, RefreshToken: t.RefreshToken, Scope: t.Scope}
	r.appendTo(o)
	if t.VGResponse != nil {
		o.Open("VGResponse")
		t.VGResponse.appendTo(o)
		o.Close()
	}
	if t.DeviceToken != "" {
		o.String("device_token", t.DeviceToken)
	}
}

func (t *RefreshSuccess) appendTo(o *jsonobj.Object) {
	o.String("access_token", t.AccessToken)
	o.Int("expires_in", int64(t.ExpiresIn))
	o.String("token_type", t.TokenType)
	if t.RefreshToken != "" {
		o.String("refresh_token", t.RefreshToken)
	}
	o.String("scope", t.Scope)
}

func (r *Response) appendTo(o *jsonobj.Object) {
	o.String("RequestId", r.RequestID)
	o.Open("AuthenticationState")
	r.AuthenticationState.appendTo(o)
	o.Close()
	o.Open("AuthorizationState")
	r.AuthorizationState.appendTo(o)
	o.Close()
	o.Open("AuthenticationResponse")
	r.AuthenticationResponse.appendTo(o)
	o.Close()
	o.Open("Error")
	r.Error.appendTo(o)
	o.Close()
	o.String("AuthorizationStatus", r.AuthorizationStatus)
	o.String("AuthenticationStatus", r.AuthenticationStatus)
	o.String("VGToken", r.VGToken)
}

func (a *AuthenticationResponse) appendTo(o *jsonobj.Object) {
	o.String("RequestId", a.RequestID)
	if a.Identity != nil {
		o.Open("Identity")
		a.Identity.appendTo(o)
		o.Close()
	}
	if a.AuthenticationEnrollmentRequest != nil {
		o.Open("AuthenticationEnrollmentRequest")
		a.AuthenticationEnrollmentRequest.appendTo(o)
		o.Close()
	}
	o.OpenArray("MFAAvailables")
	for i := range a.MFAAvailables {
		o.Element()
		a.MFAAvailables[i].appendTo(o)
		o.Close()
	}
	o.CloseArray()
	a.State.appendTo(o)
}

func (i *Identity) appendTo(o *jsonobj.Object) {
	o.String("Name", i.Name)
	o.String("AuthenticationType", i.AuthenticationType)
	o.Bool("IsAuthenticated", i.IsAuthenticated)
}

func (e *Enrollment) appendTo(o *jsonobj.Object) {
	o.String("Id", e.ID)
	o.String("EnrollmentUrl", e.EnrollmentURL)
	o.Ints("TransportModes", e.TransportModes.notNil())
	o.Strings("DisplayTransportModes", e.DisplayTransportModes.notNil())
	if e.ResumeSecret != "" {
		o.String("ResumeSecret", e.ResumeSecret)
	}
}

func (p *Option) appendTo(o *jsonobj.Object) {
	o.String("RequestId", p.RequestID)
	o.Int("TransportMode", int64(p.TransportMode))
	o.Int("AuthenticationMode", int64(p.AuthenticationMode))
	o.String("DestinationDisplay", p.DestinationDisplay)
	if p.ExpirationTime != 0 {
		o.Int("ExpirationTime", int64(p.ExpirationTime))
	}
	o.String("AuthenticationModeDisplay", p.AuthenticationModeDisplay)
	o.String("TransportModeDisplay", p.TransportModeDisplay)
	o.String("Id", p.ID)
	if p.MatchNumber != "" {
		o.String("MatchNumber", p.MatchNumber)
	}
}

func (e *Error) appendTo(o *jsonobj.Object) {
	o.String("Message", e.Message)
	o.String("StackTrace", e.StackTrace)
}

func (s *State) appendTo(o *jsonobj.Object) {
	o.Int("Status", s.Status)
	o.Bool("IsFailed", s.IsFailed)
	o.Bool("IsNotApproved", s.IsNotApproved)
	o.Bool("IsCanceled", s.IsCanceled)
	o.Bool("IsCredentialInvalid", s.IsCredentialInvalid)
	o.Bool("IsUserNotAuthorized", s.IsUserNotAuthorized)
	o.Bool("IsUserAccountExpired", s.IsUserAccountExpired)
	o.Bool("IsUserAccountNotYetAvailable", s.IsUserAccountNotYetAvailable)
	o.Bool("IsUserAccountDisabled", s.IsUserAccountDisabled)
	o.Bool("IsUserAccountLocked", s.IsUserAccountLocked)
	o.Bool("IsLastBadLogin", s.IsLastBadLogin)
	o.Bool("IsLastGraceLogon", s.IsLastGraceLogon)
	o.Bool("IsPasswordExpired", s.IsPasswordExpired)
	o.Bool("IsPasswordSecure", s.IsPasswordSecure)
	o.Bool("IsUserAccountLockedOut", s.IsUserAccountLockedOut)
	o.Bool("IsUserAccountWillBeLockedOut", s.IsUserAccountWillBeLockedOut)
	o.Bool("MustChangePasswordAtNextLogon", s.MustChangePasswordAtNextLogon)
	o.Bool("IsMFAWaitingUserAction", s.IsMFAWaitingUserAction)
	o.Bool("IsMFAAuthenticationRequired", s.IsMFAAuthenticationRequired)
	o.Bool("IsMFATimeOut", s.IsMFATimeOut)
	o.Bool("HasUserAccountMissingEmail", s.HasUserAccountMissingEmail)
	o.Bool("HasUserAccountMissingMobilePhone", s.HasUserAccountMissingMobilePhone)
	o.Bool("IsMFAEnrollmentRequired", s.IsMFAEnrollmentRequired)
}

func (a *Authorization) appendTo(o *jsonobj.Object) {
	o.Int("Status", a.Status)
	o.Bool("IsFailed", a.IsFailed)
	o.Bool("IsCanceled", a.IsCanceled)
	o.Bool("IsUserNotFound", a.IsUserNotFound)
	o.Bool("IsUserNotAuthorized", a.IsUserNotAuthorized)
	o.Bool("IsVersionNotCompatible", a.IsVersionNotCompatible)
}
