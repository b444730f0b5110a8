# Golden values of results/stats/power.h, by R 4.2.2. To make them again:
#
#	Rscript tests/data/stats/power.R >tests/data/stats/power.txt
#
# A line: what, its arguments, "=", the result.

say <- function(name, ..., value)
	cat(name, sprintf("%.17g", c(...)), "=", tolower(sprintf("%.17g", value)), "\n")

cat("# R", as.character(getRversion()), "\n")

# effect, sd, n, alpha, floor 0 = power; "both" has the tail on the wrong side, too
grid <- expand.grid(effect = c(0.002, 0.01, 0.05), sd = c(0.004, 0.01, 0.03),
		    n = c(2, 3, 5, 6, 10, 20, 50, 200), alpha = c(0.05, 0.001))
for (i in seq_len(nrow(grid))) with(grid[i, ], {
	test <- function(strict) power.t.test(n = n, delta = effect, sd = sd, sig.level = alpha,
					      type = "paired", strict = strict)$power
	# pt() is approximate for larger noncentralities: those are below, by integration
	if (effect * sqrt(n) / sd < 35) {
		say("power", effect, sd, n, alpha, 0, value = test(FALSE))
		say("both", effect, sd, n, alpha, 0, value = test(TRUE))
	}
})

# The same with a floor: over the estimate x, which is normal, times the chance that the estimated
# standard error is small enough for x to be significant.
beyond <- function(effect, sd, n, alpha, floor) {
	se <- sd / sqrt(n)
	crit <- qt(alpha / 2, n - 1, lower.tail = FALSE)
	part <- function(from, to) integrate(function(x)
		dnorm(x, effect, se) * pchisq((n - 1) * (x / (crit * se))^2, n - 1),
		from, to, rel.tol = 1e-11, abs.tol = 1e-14, subdivisions = 2000)$value
	cuts <- sort(unique(pmax(floor, effect + se * c(-12, -6, -3, 0, 3, 6, 12))))
	if (length(cuts) < 2) 0 else sum(mapply(part, head(cuts, -1), tail(cuts, -1)))
}
grid <- expand.grid(effect = 0.01, sd = c(0.0002, 0.004, 0.01, 0.03),
		    n = c(2, 3, 6, 10, 20, 200), alpha = c(0.05, 1e-4),
		    floor = c(0, 1e-6, 0.003, 0.008, 0.01, 0.012))
for (i in seq_len(nrow(grid)))
	with(grid[i, ], say("power", effect, sd, n, alpha, floor,
			    value = beyond(effect, sd, n, alpha, floor)))

# sd, n, alpha, power, floor = the effect that is seen with that power
grid <- expand.grid(sd = 0.01, n = c(3, 6, 12, 100), alpha = c(0.05, 0.001), power = c(0.5, 0.9))
for (i in seq_len(nrow(grid))) with(grid[i, ], {
	# without a floor, by power.t.test() where pt() is exact
	delta <- power.t.test(n = n, sd = sd, sig.level = alpha, power = power, type = "paired",
			      tol = 1e-14)$delta
	if (delta * sqrt(n) / sd < 35)
		say("detectable", sd, n, alpha, power, 0, value = delta)
	for (floor in c(if (delta * sqrt(n) / sd >= 35) 0, 0.001, 0.01))
		say("detectable", sd, n, alpha, power, floor,
		    value = uniroot(function(effect) beyond(effect, sd, n, alpha, floor) - power,
				    c(floor / 2, floor + 2), tol = 1e-14)$root)
})

# effect, sd, alpha, power, floor = units: the n of power.t.test(), rounded up
grid <- expand.grid(effect = c(0.005, 0.01, 0.02), sd = c(0.003, 0.01, 0.02, 0.05),
		    alpha = c(0.05, 0.05 / 24), power = c(0.8, 0.9, 0.99))
for (i in seq_len(nrow(grid))) with(grid[i, ], {
	# where 2 are enough power.t.test() finds no n
	n <- if (power.t.test(n = 2, delta = effect, sd = sd, sig.level = alpha,
			      type = "paired")$power >= power) 2 else
		ceiling(power.t.test(delta = effect, sd = sd, sig.level = alpha, power = power,
				     type = "paired", tol = 1e-10)$n)
	say("units", effect, sd, alpha, power, 0, value = n)
})
for (floor in c(0.003, 0.008)) for (sd in c(0.003, 0.01, 0.02)) {
	n <- 2
	while (beyond(0.01, sd, n, 0.05, floor) < 0.9)
		n <- n + 1
	say("units", 0.01, sd, 0.05, 0.9, floor, value = n)
}

# effect, sd, df, alpha, power, floor = units where sd is an estimate: the least n whose power,
# averaged over sd / sqrt(chi2 / df), is enough
average <- function(effect, sd, df, n, alpha, floor) {
	f <- function(p) sapply(p, function(p) {
		s <- sd / sqrt(qchisq(p, df) / df)
		if (floor > 0) beyond(effect, s, n, alpha, floor)
		else if (effect * sqrt(n) / s > 35) beyond(effect, s, n, alpha, 0)
		else pt(qt(1 - alpha / 2, n - 1), n - 1, effect * sqrt(n) / s, lower.tail = FALSE)
	})
	integrate(f, 0, 1, rel.tol = 1e-7)$value
}
grid <- expand.grid(df = c(1, 2, 3, 4.7, 9, 30), sd = c(0.003, 0.01, 0.02),
		    alpha = c(0.05, 0.001), floor = c(0, 0.004))
for (i in seq_len(nrow(grid))) with(grid[i, ], if (floor == 0 || (alpha == 0.05 && df > 3)) {
	low <- 1
	high <- 2
	while (average(0.01, sd, df, high, alpha, floor) < 0.9) {
		low <- high
		high <- 2 * high
	}
	while (high - low > 1) {
		n <- (low + high) %/% 2
		if (average(0.01, sd, df, n, alpha, floor) < 0.9) low <- n else high <- n
	}
	say("estimated", 0.01, sd, df, alpha, 0.9, floor, value = high)
})
