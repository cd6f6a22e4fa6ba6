// SPDX-License-Identifier: MIT

// Measures a plugin in a process of its own, through hashicorp/go-plugin over net/rpc: rpc USERS.json
// The plugin is this program as well, as go-plugin starts it.
package main

import (
	"io"
	"log"
	"net/rpc"
	"os"
	"os/exec"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"

	"plugmgr/directory"
	"plugmgr/rounds"
	"plugmgr/users"
)

var handshake = plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "PLUGMGR_BENCH", MagicCookieValue: "users"}

type server struct {
	manager users.Manager
}

func (s *server) GetUser(id users.ID, user *users.User) error {
	found, err := s.manager.GetUser(id)
	if err == nil {
		*user = *found
	}
	return err
}

// client has the one method that is measured.
type client struct {
	users.Manager
	rpc *rpc.Client
}

func (c *client) GetUser(id users.ID) (*users.User, error) {
	user := new(users.User)
	err := c.rpc.Call("Plugin.GetUser", id, user)
	return user, err
}

type ends struct {
	manager users.Manager
}

func (e *ends) Server(*plugin.MuxBroker) (interface{}, error) {
	return &server{e.manager}, nil
}

func (e *ends) Client(_ *plugin.MuxBroker, c *rpc.Client) (interface{}, error) {
	return &client{rpc: c}, nil
}

func serve(path string) {
	manager, err := directory.New(path)
	if err != nil {
		log.Fatal(err)
	}
	plugin.Serve(&plugin.ServeConfig{HandshakeConfig: handshake, Plugins: plugin.PluginSet{"users": &ends{manager}}})
}

func main() {
	path := os.Args[1]
	if os.Getenv(handshake.MagicCookieKey) != "" {
		serve(path)
		return
	}
	process := plugin.NewClient(&plugin.ClientConfig{HandshakeConfig: handshake,
		Plugins: plugin.PluginSet{"users": &ends{}}, Cmd: exec.Command(os.Args[0], path), Logger: hclog.NewNullLogger()})
	defer process.Kill()
	connection, err := process.Client()
	if err != nil {
		log.Fatal(err)
	}
	manager, err := connection.Dispense("users")
	if err != nil {
		log.Fatal(err)
	}
	rounds.Serve(manager.(users.Manager), path)
	log.SetOutput(io.Discard) // of the connection that ends
}
