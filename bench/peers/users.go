// SPDX-License-Identifier: MIT

// Package users is the interface of the directory for Go's peers: what user_manager.h is for plugins in C.
package users

import "errors"

// ID names a user; an empty Idp in a question stands for any.
type ID struct {
	Idp      string `json:"idp"`
	OpaqueID string `json:"opaque_id"`
}

type Opaque struct {
	Decoder string `json:"decoder"`
	Value   []byte `json:"value"` // base64 in the file
}

type User struct {
	ID          ID                `json:"id"`
	Username    string            `json:"username"`
	Mail        string            `json:"mail"`
	DisplayName string            `json:"display_name"`
	Groups      []string          `json:"groups"`
	Opaque      map[string]Opaque `json:"opaque"`
}

var (
	ErrNotFound     = errors.New("there is no such user")
	ErrAmbiguous    = errors.New("several users fit")
	ErrUnknownClaim = errors.New("no such claim")
)

// Manager has the methods of struct user_manager, with the same answers, and one that does nothing.
type Manager interface {
	GetUser(id ID) (*User, error)
	GetUserByClaim(claim, value string) (*User, error)
	GetUserGroups(id ID) ([]string, error)
	FindUsers(text string, capacity int) ([]*User, error)
	Nothing()
}
