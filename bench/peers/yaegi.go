// SPDX-License-Identifier: MIT

// Measures Go that is interpreted: yaegi USERS.json, with the source of the directory where GOPATH says
package main

import (
	"log"
	"os"
	"reflect"

	"github.com/traefik/yaegi/interp"
	"github.com/traefik/yaegi/stdlib"

	"plugmgr/rounds"
	"plugmgr/users"
)

// wrapped is what yaegi makes of an interpreted type that has the methods of users.Manager.
type wrapped struct {
	IValue          interface{}
	WGetUser        func(id users.ID) (*users.User, error)
	WGetUserByClaim func(claim, value string) (*users.User, error)
	WGetUserGroups  func(id users.ID) ([]string, error)
	WFindUsers      func(text string, capacity int) ([]*users.User, error)
	WNothing        func()
}

func (w wrapped) GetUser(id users.ID) (*users.User, error) { return w.WGetUser(id) }
func (w wrapped) GetUserByClaim(claim, value string) (*users.User, error) {
	return w.WGetUserByClaim(claim, value)
}
func (w wrapped) GetUserGroups(id users.ID) ([]string, error) { return w.WGetUserGroups(id) }
func (w wrapped) FindUsers(text string, capacity int) ([]*users.User, error) {
	return w.WFindUsers(text, capacity)
}
func (w wrapped) Nothing() { w.WNothing() }

// What the interpreted source gets from the host.
var symbols = interp.Exports{"plugmgr/users/users": {
	"ID":              reflect.ValueOf((*users.ID)(nil)),
	"Opaque":          reflect.ValueOf((*users.Opaque)(nil)),
	"User":            reflect.ValueOf((*users.User)(nil)),
	"Manager":         reflect.ValueOf((*users.Manager)(nil)),
	"_Manager":        reflect.ValueOf((*wrapped)(nil)),
	"ErrNotFound":     reflect.ValueOf(&users.ErrNotFound).Elem(),
	"ErrAmbiguous":    reflect.ValueOf(&users.ErrAmbiguous).Elem(),
	"ErrUnknownClaim": reflect.ValueOf(&users.ErrUnknownClaim).Elem(),
}}

func main() {
	interpreter := interp.New(interp.Options{GoPath: os.Getenv("GOPATH")})
	for _, exports := range []interp.Exports{stdlib.Symbols, symbols} {
		if err := interpreter.Use(exports); err != nil {
			log.Fatal(err)
		}
	}
	if _, err := interpreter.Eval(`import "plugmgr/directory"`); err != nil {
		log.Fatal(err)
	}
	value, err := interpreter.Eval("directory.New")
	if err != nil {
		log.Fatal(err)
	}
	manager, err := value.Interface().(func(string) (users.Manager, error))(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	rounds.Serve(manager, os.Args[1])
}
