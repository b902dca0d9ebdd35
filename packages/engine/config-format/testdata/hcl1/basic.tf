# c
a = 1
b = "s ${x.y}"
c = [1, "x", true, { k = 1 }]
d { e = 1.5 }
d { e = 2 }
r "t" "n" { x = "y" }
r "t" "m" { x = <<EOF
one
  two
EOF
}
m = { q = 1, "z" = 2 }
neg = -3
hex = 0xff
oct = 010
exp = 1e3
ind = <<-X
    a
      b
    X
b2 = false
"quoted" = 1
/* block */ // line
k.l = 1
