# Golden values of results/stats/dist.h, by R 4.2.2. To make them again:
#
#	Rscript tests/data/stats/dist.R >tests/data/stats/dist.txt
#
# A line: the function, its arguments, "=", its value.

# as few digits as give the same number again
digits <- function(x) ifelse(signif(x, 15) == x, sprintf("%.15g", x), sprintf("%.17g", x))
say <- function(name, args, value) cat(name, digits(args), "=", digits(value), "\n")

each <- function(name, f, ...) {
	grid <- expand.grid(...)
	for (i in seq_len(nrow(grid))) {
		args <- unlist(grid[i, ], use.names = FALSE)
		say(name, args, do.call(f, as.list(args)))
	}
}

tails <- c(1e-300, 1e-100, 1e-20, 1e-10, 1e-5, 0.00005, 0.001, 0.025, 0.05, 0.1, 0.25, 0.5,
	   0.75, 0.9, 0.95, 0.975, 0.999, 1 - 1e-5, 1 - 1e-10)
dfs <- c(1, 1.5, 2, 3, 4.7, 5.58462, 9, 19, 49, 99, 1000, 1e6)

cat("# R", as.character(getRversion()), "\n")
each("norm_cdf", pnorm, c(-37, -20, -8, -3, -1.96, -0.1, 0, 0.5, 1.6448536269514722, 6))
each("norm_quantile", qnorm, tails)
each("t_cdf", pt, c(-1e6, -300, -40, -12.7, -5, -2.2, -1, -1e-3, 0, 1e-8, 0.7, 2, 4, 9, 100), dfs)
each("t_quantile", qt, tails[-(1:2)], dfs)
each("t_p", function(t, df) 2 * pt(-abs(t), df), c(-50, -3.97034, -1, 0, 0.2, 2.776, 12, 1e4), dfs)
each("chi2_quantile", qchisq, tails[-(1:3)], dfs)
each("beta_quantile", qbeta, c(1e-5, 0.005, 0.025, 0.05, 0.5, 0.95, 0.975, 0.995, 1 - 1e-5),
     c(1, 2, 5, 50, 951), c(1, 3, 20, 500, 1000))

# The noncentral t as R has it, where that is not far out ...
each("nct_cdf", pt, c(-2, -0.5, 0, 1, 2.2, 4, 8, 15), c(2, 5, 9.5, 19, 100), c(-1, 0, 0.5, 2, 3.24, 5, 10))
each("nct_quantile", qt, c(0.001, 0.025, 0.1, 0.5, 0.9, 0.999), c(2, 5, 19, 100), c(0.5, 3.24, 10))

# ... and what it is by definition, integrated, also where R takes the normal distribution:
# the probability that Z <= t s - ncp, over s = sqrt(chi2 / df).
by_definition <- function(t, df, ncp) {
	f <- function(s) pnorm(t * s - ncp) * 2 * df * s * dchisq(df * s^2, df)
	# in pieces, where the normal distribution steps and where s is
	at <- sort(unique(pmax(0, c(0, (ncp + c(-38, -8, -4, -2, 0, 2, 4, 8)) / t,
				    sqrt(qchisq(c(1e-12, 0.01, 0.5, 0.99, 1 - 1e-15), df) / df)))))
	at <- c(at, max(at) + 40 / sqrt(df))
	sum(mapply(function(lo, hi) integrate(f, lo, hi, rel.tol = 1e-12, abs.tol = 0,
					      stop.on.error = FALSE)$value, head(at, -1), tail(at, -1)))
}
each("nct_integral", by_definition, c(2.2, 8, 20), c(1, 2, 5, 9, 50), c(0.5, 3, 6))
each("nct_integral", by_definition, c(30, 60, 200, 6366.2), c(1, 2, 5, 9, 50), c(25, 31, 38, 60))
each("nct_integral", by_definition, c(500, 6366.2, 63662), c(1, 2, 3), c(200, 1000, 7000))
