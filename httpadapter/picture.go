package httpadapter

import (
	"encoding/base64"
	"mime"
	"net/http"
	"strings"
)

// png returns the QR code of a request's authenticator.
func (a *Adapter) png(w http.ResponseWriter, r *http.Request, in *input) ([]byte, error) {
	call, _, err := a.call(w, r, in)
	if err != nil {
		return nil, err
	}
	key, err := a.engine.BeginTOTP(r.Context(), call)
	if err != nil {
		return nil, err
	}
	return key.PNG()
}

func (a *Adapter) picture(w http.ResponseWriter, r *http.Request, in *input) error {
	png, err := a.png(w, r, in)
	if err != nil {
		return err
	}
	writePicture(w, "image/png", png)
	return nil
}

// pictureBytes sends the picture as a .NET byte array in JSON, or as bytes to a
// client that accepts application/octet-stream.
func (a *Adapter) pictureBytes(w http.ResponseWriter, r *http.Request, in *input) error {
	png, err := a.png(w, r, in)
	if err != nil {
		return err
	}
	w.Header().Add("Vary", "Accept")
	if wantsRaw(r) {
		writePicture(w, "application/octet-stream", png)
		return nil
	}
	writePicture(w, "application/json; charset=UTF-8", []byte(`"`+base64.StdEncoding.EncodeToString(png)+`"`))
	return nil
}

// writePicture sends a picture that other sites may not embed, since it holds a
// secret.
func writePicture(w http.ResponseWriter, contentType string, body []byte) {
	w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
	writeBody(w, http.StatusOK, contentType, body)
}

// wantsRaw reports whether the Accept header names application/octet-stream; */*
// does not count.
func wantsRaw(r *http.Request) bool {
	for part := range strings.SplitSeq(strings.Join(r.Header["Accept"], ","), ",") {
		if t, _, err := mime.ParseMediaType(part); err == nil && t == "application/octet-stream" {
			return true
		}
	}
	return false
}
