# Golden values of results/stats/tests.h and order.h, by R 4.2.2. To make them again:
#
#	Rscript tests/data/stats/tests.R >tests/data/stats/tests.txt
#
# A line: what, its arguments (a sample as its size and its values), "=", the results.

# as few digits as give the same number again
digits <- function(x) ifelse(is.na(x), "nan",
			     ifelse(signif(x, 15) == x, sprintf("%.15g", x), sprintf("%.17g", x)))
say <- function(name, ..., value) cat(name, digits(c(...)), "=", digits(value), "\n")
sized <- function(x) c(length(x), x)

set.seed(1908)
samples <- list(
	sleep = with(sleep, round(extra[group == 2] - extra[group == 1], 1)),
	two = c(0.011, 0.013),
	three = c(-1, 0.5, 0.25),
	near = 1e9 + c(1, 2, 4, 1, 3),		# a mean far from 0: what cancels
	small = c(3.1e-12, -2.2e-12, 0.4e-12, 1.9e-12),
	normal = round(rnorm(20, 0.01, 0.02), 6),
	skewed = round(rlnorm(9, -4, 1), 6),
	many = round(rnorm(60), 4))

cat("# R", as.character(getRversion()), "\n")
results <- function(r) c(r$stderr, r$parameter, r$statistic, r$p.value)

# size, values, level = estimate, se, df, t, p, lo, hi
for (x in samples) for (level in c(0.8, 0.9, 0.95, 0.999)) {
	r <- t.test(x, conf.level = level)
	say("one", sized(x), level, value = c(r$estimate, results(r), r$conf.int))
}
# A, B, level: the same of B - A
with(sleep, {
	r <- t.test(extra[group == 2], extra[group == 1], paired = TRUE)
	say("paired", sized(extra[group == 1]), sized(extra[group == 2]), 0.95,
	    value = c(r$estimate, results(r), r$conf.int))
})
# size, values, lo, hi = p of two one-sided tests
for (x in samples) for (w in c(0.3, 1, 3)) {
	lo <- mean(x) / 2 - w * sd(x)
	hi <- mean(x) / 2 + w * sd(x)
	say("within", sized(x), lo, hi,
	    value = max(t.test(x, mu = lo, alternative = "greater")$p.value,
			t.test(x, mu = hi, alternative = "less")$p.value))
}
# A, B, level = B - A: estimate, se, df, t, p, lo, hi
pairs <- list(list(c(2, 1, 3, 4), c(6, 5, 7, 9)), list(samples$sleep, samples$skewed),
	      list(samples$two, samples$normal), list(samples$many, samples$three),
	      list(c(1, 1, 1), samples$normal))
for (p in pairs) for (level in c(0.9, 0.95)) {
	r <- t.test(p[[2]], p[[1]], conf.level = level)
	say("welch", sized(p[[1]]), sized(p[[2]]), level,
	    value = c(r$estimate[1] - r$estimate[2], results(r), r$conf.int))
}

# A, B = U, p: without ties R counts all orders, or takes the normal distribution
some <- function(n, mean = 0) round(rnorm(n, mean), 5)
no_ties <- list(list(c(2, 1, 3, 5), c(12, 11, 13, 15)), list(c(2, 1, 3, 5), c(0, 4, 6, 7)),
		list(some(3), some(9, 1)), list(some(12), some(7, 0.3)),
		list(some(25), some(20, 0.6)), list(some(50), some(50, 0.4)),
		list(some(1), some(30)), list(some(2), some(2)))
for (p in no_ties) {
	r <- wilcox.test(p[[1]], p[[2]], exact = TRUE)
	say("u_exact", sized(p[[1]]), sized(p[[2]]), value = c(r$statistic, r$p.value))
}
approximate <- list(list(some(60), some(50, 0.3)), list(round(some(70)), round(some(40, 0.3))),
		    list(rep(c(1, 2), 30), rep(c(1, 2), 25)), list(rep(c(1, 2), 50), rep(c(1, 2, 3), 40)))
for (p in approximate) {
	r <- suppressWarnings(wilcox.test(p[[1]], p[[2]], exact = FALSE, correct = TRUE))
	say("u_normal", sized(p[[1]]), sized(p[[2]]), value = c(r$statistic, r$p.value))
}
# With ties: all choices, one by one.
for (p in list(list(c(1, 2, 2, 3), c(2, 3, 4, 4, 5)), list(c(1, 1, 1, 1), c(1, 1, 2)),
	       list(c(5, 5, 5), c(5, 5, 5)), list(c(10, 10, 12, 13, 13, 13), c(10, 11, 11, 12, 12, 12, 12, 9)),
	       list(c(1, 1, 2), c(1, 2, 2, 2, 3, 3, 3, 3)), list(round(rnorm(7, 2)), round(rnorm(8, 3))))) {
	ranks <- rank(c(p[[1]], p[[2]]))
	n_a <- length(p[[1]])
	mean <- n_a * (length(ranks) + 1) / 2
	sums <- combn(ranks, n_a, sum)
	observed <- sum(ranks[seq_len(n_a)])
	say("u_exact", sized(p[[1]]), sized(p[[2]]),
	    value = c(observed - n_a * (n_a + 1) / 2, mean(abs(sums - mean) >= abs(observed - mean))))
}

# differences = p: all 2^n sums, in whole numbers (thousandths), so without rounding
all_sums <- function(d) { s <- 0; for (x in d) s <- c(s - x, s + x); s }
flips <- list(c(1, 2, 3, 4, 5, 6), c(5), c(5, 5), c(0, 0, 0), c(3, -3), c(12, 15, 0, -4, 7, 7, 9),
	      rep(1, 10), c(rep(1, 9), -1), round(1000 * rnorm(14, 0.4)), round(10 * rnorm(16, 0.6)),
	      round(1000 * rnorm(20, 0.5)), round(5 * rnorm(21, 0.4)), round(1000 * rlnorm(18) - 900))
for (d in flips)
	say("flip", sized(d / 1000), value = mean(abs(all_sums(d)) >= abs(sum(d))))

# p-values = adjusted p-values
ps <- list(c(0.01, 0.04, NA, 0.03, 0.005), c(0.5), c(0.2, 0.2, 0.2), c(1e-300, 0.9, 0.04, 1, 0),
	   c(NA, NA), c(0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216, 0.222,
		     0.251, 0.269, 0.275, 0.34, 0.341, 0.384, 0.569, 0.594, 0.696, 0.762, 0.94,
		     0.942, 0.975, 0.986), round(runif(40)^3, 4))
for (p in ps) for (method in c("BH", "holm"))
	say(tolower(method), sized(p), value = p.adjust(p, method))

# k, n, level = lo, hi
for (level in c(0.9, 0.95, 0.99)) for (kn in list(c(0, 1), c(1, 1), c(0, 10), c(10, 10), c(1, 10),
		c(5, 100), c(50, 1000), c(61, 1000), c(0, 5000), c(4999, 5000), c(250, 5000), c(7, 123456)))
	say("binomial", kn, level, value = binom.test(kn[1], kn[2], conf.level = level)$conf.int)

# sample, p = quantile of type 7
for (x in samples) for (p in c(0, 0.001, 0.05, 0.25, 1 / 3, 0.5, 0.9, 0.99, 1))
	say("quantile", sized(sort(x)), p, value = quantile(x, p, type = 7))
