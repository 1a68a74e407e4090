// Package budget holds calls to the amounts that may be spent in a day, a week or a month.
//
// What was spent is what the ledger's database says, and nothing else: it is added up there from the events of all replicas, so that
// no restart, and no loss of Redis, makes anybody's spend forgotten. A replica keeps a copy for every subject that it was asked
// about in the last ten minutes, reads all of them again each second in one query, and adds what it has spent itself and the
// database does not have yet:
//
//	spent = what the database said + own events that it cannot have known
//
// So no request waits for the database, but the first one for a subject, for 100 ms at most. While the database is away, and for a
// subject that it never told of, a replica goes on with what it knows.
//
// A budget is spent once its limit is reached, and a request is held up against it when it begins. What can be spent beyond the
// limit is therefore bounded by what the requests under way at that moment cost, and by what the other replicas spend until this one
// hears of it: with the database up, within about two seconds, one for an event to be shipped to the database and one to be read from
// there. While the database is away each replica hears of nobody's spend but its own.
//
// An event counts in the windows that hold its start, in UTC.
package budget
