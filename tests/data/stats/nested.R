# Golden values of results/stats/nested.h, by R 4.2.2. To make them again:
#
#	Rscript tests/data/stats/nested.R >tests/data/stats/nested.txt
#
# A line: what, its arguments, "=", the results.

say <- function(name, ..., value)
	cat(name, sprintf("%.17g", c(...)), "=", sprintf("%.17g", value), "\n")

set.seed(2013)
cat("# R", as.character(getRversion()), "\n")

# Two levels, groups of any size, by analysis of variance. The expectation of the mean square
# between groups is within + n0 * between, n0 = (N - sum(n^2) / N) / (groups - 1).
# groups, their sizes, values = within, between, df within, df between
one_way <- function(sizes, y) {
	group <- factor(rep(seq_along(sizes), sizes))
	table <- anova(lm(y ~ group))
	ms <- table[["Mean Sq"]]
	df <- table[["Df"]]
	n0 <- (sum(sizes) - sum(sizes^2) / sum(sizes)) / (length(sizes) - 1)
	say("components", length(sizes), sizes, y,
	    value = c(ms[2], max(0, (ms[1] - ms[2]) / n0), df[2], df[1]))
}
draw <- function(sizes, within, between)
	unlist(lapply(sizes, function(n) rnorm(1, 7, between) + rnorm(n, 0, within)))
for (sizes in list(c(2, 2), c(5, 5, 5, 5), c(1, 2, 3, 4, 5), c(20, 3, 7, 1, 1, 50), rep(10, 12)))
	for (between in c(0, 0.3, 5))
		one_way(sizes, draw(sizes, 1, between))
# data that come with R
with(warpbreaks, one_way(as.vector(table(tension)), breaks[order(tension)]))
with(chickwts, one_way(as.vector(table(feed)), weight[order(feed)]))

# Balanced levels, from the top: builds, boots, samples; mean squares of nested terms by aov().
# levels, counts from the lowest, values = mean, S2 from the lowest, T2 from the lowest
nested <- function(counts, y) {
	n <- rev(counts)
	build <- gl(n[1], length(y) / n[1])
	boot <- factor(rep(seq_len(n[1] * n[2]), each = n[3]))
	ms <- anova(lm(y ~ build / boot))[["Mean Sq"]]	# build, boot within build, samples
	s2 <- c(ms[3], ms[2] / n[3], ms[1] / (n[3] * n[2]))
	t2 <- c(ms[3], (ms[2] - ms[3]) / n[3], (ms[1] - ms[2]) / (n[3] * n[2]))
	say("nested", 3, counts, y, value = c(mean(y), s2, t2))
}
for (counts in list(c(2, 2, 2), c(3, 4, 5), c(10, 6, 3), c(2, 9, 4))) {
	y <- 100 + rep(rnorm(counts[3], 0, 2), each = counts[1] * counts[2]) +
		rep(rnorm(counts[3] * counts[2], 0, 0.5), each = counts[1]) + rnorm(prod(counts))
	nested(counts, y)
}
