# Golden values of results/stats/sequential.h, by R 4.2.2. To make them again:
#
#	Rscript tests/data/stats/sequential.R >tests/data/stats/sequential.txt
#
# A line: what, its arguments, "=", the result.

say <- function(name, ..., value)
	cat(name, sprintf("%.17g", c(...)), "=", sprintf("%.17g", value), "\n")

cat("# R", as.character(getRversion()), "\n")

# The density of what goes on after a look is carried over an even grid by the trapezoidal rule, in
# two widths, and the error, which falls with the square of the width, is taken off (Richardson).
# What is left is below 1e-10.
stays <- function(looks, c, drift, n) {
	x <- seq(-c, c, length.out = n + 1)
	w <- c(0.5, rep(1, n - 1), 0.5) * 2 * c / n
	sd <- 1 / sqrt(looks)
	mean <- drift / looks
	f <- dnorm(x, mean, sd)
	step <- outer(x, x, function(to, from) dnorm(to - from, mean, sd))
	for (look in seq_len(looks - 1))
		f <- as.vector(step %*% (w * f))
	sum(w * f)
}
# looks, c, drift = chance to cross at any of them
for (looks in c(1, 2, 3, 5, 10)) for (c in c(0.5, 1, 2.04, 3.5)) for (drift in c(0, 0.7, -3.3, 5)) {
	s <- sapply(c(200, 400, 800), function(n) stays(looks, c, drift, n))
	once <- (4 * s[2:3] - s[1:2]) / 3
	say("crossing", looks, c, drift, value = 1 - (16 * once[2] - once[1]) / 15)
}

# At two looks: 1 - P(|S1| < c and |S2| < c), by integrate(). looks, c, drift = chance
for (c in c(0.2, 1.9774, 6)) for (drift in c(0, 2.5))
	say("crossing", 2, c, drift, value = 2 * pnorm(-c * sqrt(2)) * (drift == 0) +
	    (pnorm(-c * sqrt(2) + drift / sqrt(2)) + pnorm(-c * sqrt(2) - drift / sqrt(2))) *
	    (drift != 0) +
	    integrate(function(x) dnorm(x, drift / 2, sqrt(1 / 2)) *
		      (pnorm((x + drift / 2 - c) * sqrt(2)) +
		       pnorm((-x - drift / 2 - c) * sqrt(2))), -c, c, rel.tol = 1e-12)$value)
