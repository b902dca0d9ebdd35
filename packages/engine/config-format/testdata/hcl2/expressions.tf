a1 = [for k, v in m : "${k}=${v}" if v]
a2 = -x
a3 = -(1)
a4 = "${[1,2]}"
a5 = "${"x"}"
a6 = "${true} x"
a7 = "x ${ y  }  z"
a8 = <<X
${x}
X
a9 = <<X
%{ if x }
y
%{ endif }
X
a10 = <<X
$${x} \n "q"
X
a11 = { "k" : 1, 2 = 3 , true = 4, "${x}" = 1, "a${x}" = 2, x.y = 3, foo() = 4, (z) = 2}
a12 = "~ ${~ x ~} y"
a13 = <<-X
   x
     ${y}

  z
  X
a14 = !true
a15 = foo(
 x,
)
a16 = "${"a"}b"
a17 = (
  x
  + y
)
a18 = <<-X
  %{ for a in b ~}
    line ${a}
  %{~ endfor }

  end
X
a19 = "${1} %{ for k, v in m }${k}%{ endfor }"
a20 = "%{ if a == "b" && c }d%{ endif }"
a21 = [ # c
  # d
  1,
  # e
]
a22 = { for k, v in m : k => { a = v } if v != null }
a23 = provider::x::f(1, "a")
a24 = x["k"].y[0].*.z
a25 = <<X

a ${ foo("}") } b

X
a26 = "a\u00e9\U0001F600"
a27 = "${a ? "b" : "c${d}"}"
a28 = 1.0e-3
a29 = { a = { b = [ { c = 1 } ] } }
a30 = "${jsonencode({ a = "b" })}"
a31 = "100%"
a32 = "$a %b"
resource a "b" {

  lifecycle {
    ignore_changes = [tags]
  }
  provisioner "local-exec" {
    command = "x"
  }
  provisioner "local-exec" {
    command = "y"
  }
  provisioner "remote-exec" { inline = [] }
}
