// Package proxy is the path of a request through the gateway:
//
//	authenticate → read → scan → resolve → cache → admit → order ──▶ send → relay → account
//	     401        413    400     404       │    429, 503  503       ▲      │        ▲
//	                                         │                        └──────┘        │
//	                                         │           next target, before          │
//	                                         │          the client has a byte         │
//	                                         └────────── replay, from the cache ──────┘
//
// The routing table is loaded once, at the start, and passed down. The body of the request is read whole before anything is
// sent: it may be needed for another target, and a server whose inbound body is still open when the answer begins may cut the
// answer (https://go.dev/issue/40747). Only forms, which hold files, are passed on while they arrive. Where the upstream speaks the
// client's protocol the answer is relayed byte for byte, each stream holding one buffer of 16 KiB; otherwise it is translated by way of
// the neutral form of package chat.
//
// Package admission keeps the books: what is admitted is written down before anything is sent, and accounted for before the client
// has the last byte.
//
// An error that Serve returns becomes an HTTP answer in package server and nowhere else.
package proxy
