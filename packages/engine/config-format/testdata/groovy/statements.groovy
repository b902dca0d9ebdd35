#!/usr/bin/env groovy
@Library('x') _
import a.b.C
import static a.b.*
def x = 1
String y = "a ${b} c $d.e f"
f(1, b: 2)
f 1, b: 2, 'c'
a?.b*.c
if (a) { b() } else if (c) { d } else e
for (x in y) { z }
for (int i = 0; i < 3; i++) { z }
for (String x : y) z
while (a) b
try { a } catch (Exception e) { b } finally { c }
def f(a, b = 1) { return a }
class A extends B implements C, D { A(int x) { } static final int Q = 1; private String z = 'a'; void f() {} }
m = [a: 1, 'b': 2, (c): 3]
l = [1, [], [:]]
t = a ? b : c ?: d
a && b || !c
xs.each { it -> println it }
xs.each { a, b -> println(a) }
n = new A(1)
s = a as List<String>
switch (a) { case 1: b; break; default: c }
throw new E("x")
i++
r = 1..3
q = a =~ /x/
def (c, d) = e
List<String> ls = []
@NonCPS
String g(String a, int... b) throws E { }
x = sh script: 'a', returnStdout: true
parallel a: { b }, c: { d }
a
  .b()
  .c { -> e }
o = """x ${a.b('c')}
y"""
p = $/dollar/$
w = !a.b && c in d || e instanceof F
echo -1
