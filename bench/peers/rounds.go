// SPDX-License-Identifier: MIT

// Package rounds measures a users.Manager as another process, calls.c, asks for it on the standard input:
//
//	time METHOD CALLS    answered with the nanoseconds of one call
//	answers METHOD       answered with a number made of the first answers, which tells whether they are the same in C
//
// calls.c asks the same questions in the same order.
package rounds

import (
	"fmt"
	"hash/fnv"
	"log"
	"time"

	"plugmgr/directory"
	"plugmgr/users"
)

const (
	capacity = 20 // of a page of FindUsers
	answers  = 50 // that are compared
)

type rounds struct {
	manager   users.Manager
	questions []*users.User
	next      int
}

// read gives the users of the file, shuffled.
func read(path string) []*users.User {
	questions, err := directory.Read(path)
	if err != nil {
		log.Fatal(err)
	}
	state := uint32(1)
	for i := len(questions) - 1; i > 0; i-- {
		state = state*1664525 + 1013904223
		j := uint64(state) * uint64(i+1) >> 32
		questions[i], questions[j] = questions[j], questions[i]
	}
	return questions
}

func (r *rounds) question() *users.User {
	question := r.questions[r.next]
	r.next++
	if r.next == len(r.questions) {
		r.next = 0
	}
	return question
}

func (r *rounds) nothing(calls int) {
	for i := 0; i < calls; i++ {
		r.question()
		r.manager.Nothing()
	}
}

func (r *rounds) getUser(calls int) {
	for i := 0; i < calls; i++ {
		if user, err := r.manager.GetUser(r.question().ID); err != nil || user == nil {
			log.Fatal(err)
		}
	}
}

func (r *rounds) byMail(calls int) {
	for i := 0; i < calls; i++ {
		if user, err := r.manager.GetUserByClaim("mail", r.question().Mail); err != nil || user == nil {
			log.Fatal(err)
		}
	}
}

func (r *rounds) byUsername(calls int) {
	for i := 0; i < calls; i++ {
		if user, err := r.manager.GetUserByClaim("username", r.question().Username); err != nil || user == nil {
			log.Fatal(err)
		}
	}
}

func (r *rounds) getGroups(calls int) {
	for i := 0; i < calls; i++ {
		if groups, err := r.manager.GetUserGroups(r.question().ID); err != nil || groups == nil {
			log.Fatal(err)
		}
	}
}

func (r *rounds) find(calls int) {
	for i := 0; i < calls; i++ {
		if found, err := r.manager.FindUsers(r.question().Username, capacity); err != nil || len(found) == 0 {
			log.Fatal(err)
		}
	}
}

// answer gives the texts of one answer.
func (r *rounds) answer(method string, question *users.User) (texts []string, err error) {
	var user *users.User
	var found []*users.User
	switch method {
	case "get_user":
		user, err = r.manager.GetUser(question.ID)
	case "mail":
		user, err = r.manager.GetUserByClaim("mail", question.Mail)
	case "username":
		user, err = r.manager.GetUserByClaim("username", question.Username)
	case "groups":
		return r.manager.GetUserGroups(question.ID)
	case "find":
		found, err = r.manager.FindUsers(question.Username, capacity)
	}
	if user != nil {
		found = append(found, user)
	}
	for _, user := range found {
		texts = append(texts, user.ID.OpaqueID)
	}
	return texts, err
}

func (r *rounds) compare(method string) uint64 {
	hash := fnv.New64a()
	for i := 0; i < answers; i++ {
		texts, err := r.answer(method, r.questions[i%len(r.questions)])
		if err != nil {
			log.Fatal(err)
		}
		for _, text := range texts {
			hash.Write([]byte(text + "\n"))
		}
	}
	return hash.Sum64()
}

// Serve measures the manager, with questions from the file that it has read, until there is nobody who asks.
func Serve(manager users.Manager, path string) {
	r := &rounds{manager: manager, questions: read(path)}
	loops := map[string]func(calls int){
		"nothing": r.nothing, "get_user": r.getUser, "mail": r.byMail, "username": r.byUsername, "groups": r.getGroups,
		"find": r.find,
	}
	for {
		var verb, method string
		var calls int
		if _, err := fmt.Scan(&verb, &method, &calls); err != nil {
			return
		}
		if verb == "answers" {
			fmt.Println(r.compare(method))
			continue
		}
		begin := time.Now()
		loops[method](calls)
		fmt.Println(float64(time.Since(begin).Nanoseconds()) / float64(calls))
	}
}
