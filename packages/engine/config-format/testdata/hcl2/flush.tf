a = <<-X
    a
  
      b
    X
b = <<-X
    ${a}
   ${~ b}
  c
  X
c = "a \n ${~ b ~} \n c"
d = <<X
  a

 ${~ b ~}

  c
X
