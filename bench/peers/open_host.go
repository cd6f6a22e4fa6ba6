// SPDX-License-Identifier: MIT

// Prints the nanoseconds that the first plugin.Open of this process takes, with its Lookup.
package main

import (
	"fmt"
	"os"
	"plugin"
	"time"
)

func main() {
	begin := time.Now()
	opened, err := plugin.Open(os.Args[1])
	if err == nil {
		_, err = opened.Lookup("Answer")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(time.Since(begin).Nanoseconds())
}
