// SPDX-License-Identifier: MIT

// Package directory keeps users from a JSON file in memory, and looks at one after the other when it is asked.
package directory

import (
	"encoding/json"
	"os"
	"sort"
	"strings"

	"plugmgr/users"
)

type directory struct {
	users []*users.User // sorted by username
}

// Read gives the users of a file, sorted by username.
func Read(path string) ([]*users.User, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var read []*users.User
	if err := json.Unmarshal(text, &read); err != nil {
		return nil, err
	}
	for _, user := range read {
		sort.Strings(user.Groups)
	}
	sort.Slice(read, func(i, j int) bool {
		a, b := read[i], read[j]
		if a.Username != b.Username {
			return a.Username < b.Username
		}
		if a.ID.OpaqueID != b.ID.OpaqueID {
			return a.ID.OpaqueID < b.ID.OpaqueID
		}
		return a.ID.Idp < b.ID.Idp
	})
	return read, nil
}

// New reads a file as users_json does.
func New(path string) (users.Manager, error) {
	read, err := Read(path)
	if err != nil {
		return nil, err
	}
	return &directory{read}, nil
}

func (d *directory) GetUser(id users.ID) (*users.User, error) {
	var found *users.User
	for _, user := range d.users {
		if user.ID.OpaqueID != id.OpaqueID || id.Idp != "" && user.ID.Idp != id.Idp {
			continue
		}
		if id.Idp != "" { // no two users have the same id
			return user, nil
		}
		if found != nil {
			return nil, users.ErrAmbiguous
		}
		found = user
	}
	if found != nil {
		return found, nil
	}
	return d.getUserByName(id)
}

func (d *directory) getUserByName(id users.ID) (*users.User, error) {
	var found *users.User
	for _, user := range d.users {
		if user.Username != id.OpaqueID || id.Idp != "" && user.ID.Idp != id.Idp {
			continue
		}
		if found != nil {
			return nil, users.ErrAmbiguous
		}
		found = user
	}
	if found == nil {
		return nil, users.ErrNotFound
	}
	return found, nil
}

// claimOf tells what is claimed of a user, "" if nothing is.
func claimOf(user *users.User, claim string) (string, error) {
	switch claim {
	case "mail":
		return user.Mail, nil
	case "username":
		return user.Username, nil
	case "uid":
		if uid, ok := user.Opaque["uid"]; ok && uid.Decoder == "plain" {
			return string(uid.Value), nil
		}
		return "", nil
	}
	return "", users.ErrUnknownClaim
}

func (d *directory) GetUserByClaim(claim, value string) (*users.User, error) {
	var found *users.User
	for _, user := range d.users {
		text, err := claimOf(user, claim)
		if err != nil {
			return nil, err
		}
		if text != value || value == "" {
			continue
		}
		if found != nil {
			return nil, users.ErrAmbiguous
		}
		found = user
	}
	if found == nil {
		return nil, users.ErrNotFound
	}
	return found, nil
}

func (d *directory) GetUserGroups(id users.ID) ([]string, error) {
	user, err := d.GetUser(id)
	if err != nil {
		return nil, err
	}
	return user.Groups, nil
}

func contains(user *users.User, text string) bool {
	return strings.Contains(strings.ToLower(user.Username), text) ||
		strings.Contains(strings.ToLower(user.DisplayName), text) ||
		strings.Contains(strings.ToLower(user.Mail), text) ||
		strings.Contains(strings.ToLower(user.ID.OpaqueID), text)
}

func (d *directory) FindUsers(text string, capacity int) ([]*users.User, error) {
	text = strings.ToLower(text)
	var found []*users.User
	for _, user := range d.users {
		if len(found) == capacity {
			break
		}
		if contains(user, text) {
			found = append(found, user)
		}
	}
	return found, nil
}

func (d *directory) Nothing() {}
