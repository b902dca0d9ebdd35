package lib
f(x) if x == "bob"
g := 1
