a = 1
f = 1.50
neg = -3
b = "s ${x.y} z"
only = "${x.y}"
lit = "plain \n \"q\" \u00e9 $${esc} %%{esc}"
c = [1, "x", true, null, { k = 1, "q" = var.x, (dyn) = 2 }]
ref = var.foo[0].bar
splat = aws.x[*].id
splat2 = aws.x.*.id
fn = max(1, 2, [3]...)
cond = a ? "b" : c
op = 1 + 2 * 3
cmp = a == b && !c || d >= 2
forl = [for x in xs : upper(x) if x != ""]
foro = {for k, v in m : k => v...}
heredoc = <<EOF
line ${x}
  two
EOF
ind = <<-EOF
    a
      b
  EOF
tmpl = "%{ if x }yes%{ else }no%{ endif }"
dir = "%{ for a in b ~}x${a}%{ endfor }"
paren = (1 + 2)
t = true
n = null
big = 123456789012345678901234567890
empty = ""
emptyl = []
emptyo = {}
block { x = 1 }
block { x = 2 }
one "l" { y = 1 }
one "l" { y = 2 }
one "m" { y = 3 }
two a "b" {
  z { }
}
obj = { a : 1, b = 2
  c = 3 }
idx = { "a-${b}" = 1 }
func2 = jsonencode({ a = 1 })
str_in_call = format("%s-%s", var.a, "b ${c}")
multi = [
  1, # c
  2,
]
