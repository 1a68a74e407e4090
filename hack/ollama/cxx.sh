#!/bin/sh
# The C++ compiler for Ollama: optimises the arithmetic that every token passes
# through, and only that, since compiling is where the time of a build goes. The
# last -O among the arguments is the one that counts.
case "$PWD" in
*/ggml-cpu*) exec g++ "$@" -O2 ;;
*) exec g++ "$@" ;;
esac
