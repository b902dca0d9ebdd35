a = { b = 1 }
a = { c = 2 }
b = [{b = 1}, {c=2}]
c = "q \" \n ${ "x" } y"
d "x" "y" {}
d "x" "z" {q=1}
"e" = 1, f = 2
g = "${x("y")}"
h = []
i = {}
j { b { c = 1 } }
k = [[1]]
l m n { }
o=true p=false
q = "é\u00e9"
r = <<E
 x ${y}
E
