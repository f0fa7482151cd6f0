package httpadapter

import (
	"net/http"
	"slices"
)

// passwordOperation returns an operation below /api/Password. Its fields are read from the
// body alone: no password, code or key of theirs stands in a URL.
func passwordOperation(id, doc string, fields ...Field) Operation {
	return Operation{
		ID: id, Tag: "Passwords", Caller: ByClient, Form: true, JSON: true, Doc: doc,
		Fields: slices.Concat(fields, []Field{text("VGClientAddress", "The network address of the user, from a client that is trusted to name it.")}, clientFields),
		Answers: []Answer{
			{http.StatusOK, mediaJSON, "PasswordResult", "It was done."},
			{http.StatusBadRequest, mediaJSON, "PasswordResult", "Nothing was changed, and Status says why."},
			badCall, wrongBasic,
			{http.StatusNotFound, mediaJSON, "OAuthError", "The host keeps the passwords itself."},
			tooLarge, wrongType,
		},
	}
}

var (
	changeOperation = passwordOperation("changePassword", "Changes a password by the old one.",
		text("requestId", "The login that asked for a new password, in place of the name.").as("uuid"),
		text("Username", "The user's name, in place of a request."),
		text("password", "The password until now.").secret().required(),
		text("newPassword", "The password from now on.").secret().required())

	beginResetOperation = passwordOperation("beginReset", "Mails a key to whoever forgot their password.",
		text("Username", "The user's name; whoever is named, the answer is the same.").required())

	finishResetOperation = passwordOperation("finishReset", "Sets a password by a mailed key.",
		text("key", "The key of the mail.").secret().required(),
		text("newPassword", "The password from now on; it may be left out at a call that proves the second factor.").secret(),
		text("requestId", "The RequestId of the answer that asked for a second factor.").as("uuid"),
		text("MFAAvailableId", "The Id of the option of MFAAvailables that the user chose.").as("uuid"),
		text("secureCode", "The code that the user typed.").secret())
)

// The inputs of these operations.
var (
	changeInput      = newInput(changeOperation, beginResetOperation, finishResetOperation)
	beginResetInput  = newInput(beginResetOperation, changeOperation, finishResetOperation)
	finishResetInput = newInput(finishResetOperation, changeOperation, beginResetOperation)
)
