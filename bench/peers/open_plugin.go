// SPDX-License-Identifier: MIT

// A Go plugin with one function, as small as one is.
package main

// Answer is what the host looks up.
func Answer() int { return 42 }

func main() {}
