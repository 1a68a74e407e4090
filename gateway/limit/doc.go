// Package limit counts requests, tokens and parallel requests against rate limits, over all replicas of a gateway together.
//
// What is shared is kept in Redis. A replica does not ask Redis at each request: it takes grants, which are charged to the shared
// counter ahead of need, and serves from them. How much it takes follows what it lately needed, and is never more than a small
// part of what is left, so that near to the limit each request is asked for by itself. Hence never more than a limit allows is
// admitted in a window, and a request is refused too early by at most what other replicas hold and did not use; they give that
// back within a second. Without Redis each process enforces its own share of each limit.
//
// Windows follow each other without gaps from 1970 on, by the clock of Redis. A grant ends with its window, at a time reckoned
// from before Redis was asked for it, so that clocks that differ do no harm.
//
// Where Redis loses what it holds, by FLUSHALL or a restart without persistence, the counters of the current window start again
// at nothing: at most as much as the limit allows can be admitted once more. Leases of parallel requests are restored by the next
// renewal.
package limit
