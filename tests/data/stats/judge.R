# A table of four cells, ten blocks of one build of each kernel, worked by hand: what judge() must
# give, in tests/data/stats/judge.txt. Rscript tests/data/stats/judge.R > tests/data/stats/judge.txt
#
# Lines: "cell I baseline ..." and "cell I patched ..." by block, then what is expected of it.
set.seed(20261121)
effect <- c(0.02, -0.008, 0.012, 0)
cells <- lapply(1:4, function(i) {
  shared <- rnorm(10, 0, 0.02)
  list(a = signif(100 * i * exp(shared + rnorm(10, 0, 0.008)), 6),
       b = signif(100 * i * exp(shared + effect[i] + rnorm(10, 0, 0.008)), 6))
})
flip <- function(d) {
  signs <- as.matrix(expand.grid(rep(list(c(-1, 1)), length(d))))
  sums <- abs(signs %*% d)
  mean(sums >= abs(sum(d)) - 1e-9)
}
out <- function(...) cat(..., "\n")
one <- lapply(cells, function(x) {
  d <- log(x$b) - log(x$a)
  t95 <- t.test(log(x$b), log(x$a), paired = TRUE)
  t90 <- t.test(log(x$b), log(x$a), paired = TRUE, conf.level = 0.90)
  w <- t.test(log(x$b), log(x$a))
  w90 <- t.test(log(x$b), log(x$a), conf.level = 0.90)
  u <- wilcox.test(log(x$a), log(x$b), exact = TRUE)
  list(change = exp(mean(d)) - 1, ci = exp(t95$conf.int) - 1, ci90 = exp(t90$conf.int) - 1,
       p = t95$p.value, sd = sd(d), df = t95$parameter, flip = flip(d),
       wp = w$p.value, wci = exp(w$conf.int) - 1, wci90 = exp(w90$conf.int) - 1,
       wdf = w$parameter, wu = u$p.value,
       layouts = t.test(tapply(d, (0:9) %% 5, mean)))
})
p <- sapply(one, function(x) x$p)
bh <- p.adjust(p, "BH")
holm <- p.adjust(p, "holm")
g <- function(x) formatC(x, digits = 15, format = "g", width = -1)
for (i in 1:4) {
  x <- one[[i]]
  out("cell", i, "baseline", g(cells[[i]]$a))
  out("cell", i, "patched", g(cells[[i]]$b))
  # change, 95 %, 90 %, p, BH, Holm, sign-flip, sd, df
  out("cell", i, "blocks", g(c(x$change, x$ci, x$ci90, x$p, bh[i], holm[i], x$flip, x$sd, x$df)))
  # change, 95 %, 90 %, p, BH, -, Wilcoxon, -, df
  out("cell", i, "unpaired",
      g(c(x$change, x$wci, x$wci90, x$wp, p.adjust(sapply(one, function(y) y$wp), "BH")[i], x$wu,
          x$wdf)))
  # five layouts of two blocks each: change, 95 %, p
  out("cell", i, "builds", g(c(exp(x$layouts$estimate) - 1, exp(x$layouts$conf.int) - 1,
                               x$layouts$p.value)))
}
# what 10 pairs could have seen, and how many would see 1 %: the sd of cell 4, level 0.05 / 4
# (sd known; judge() asks for more, because it is an estimate)
seen <- power.t.test(n = 10, sd = one[[4]]$sd, sig.level = 0.05 / 4, power = 0.9,
                     type = "paired", strict = TRUE)$delta
out("cell 4 power", g(c(exp(seen) - 1,
    ceiling(power.t.test(delta = log(1.01), sd = one[[4]]$sd, sig.level = 0.05 / 4, power = 0.9,
                         type = "paired", strict = TRUE)$n))))
