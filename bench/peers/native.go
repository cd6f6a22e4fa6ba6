// SPDX-License-Identifier: MIT

// Measures a native plugin: native PLUGIN.so USERS.json
package main

import (
	"log"
	"os"
	"plugin"

	"plugmgr/rounds"
	"plugmgr/users"
)

func main() {
	opened, err := plugin.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	symbol, err := opened.Lookup("New")
	if err != nil {
		log.Fatal(err)
	}
	manager, err := symbol.(func(string) (users.Manager, error))(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	rounds.Serve(manager, os.Args[2])
}
