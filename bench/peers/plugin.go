// SPDX-License-Identifier: MIT

// A plugin as Go builds it with -buildmode=plugin.
package main

import (
	"plugmgr/directory"
	"plugmgr/users"
)

// New opens a data source, as start does in C.
func New(path string) (users.Manager, error) {
	return directory.New(path)
}
