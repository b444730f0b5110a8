#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Series as people have them: git format-patch's output, mboxes in any order and encoding,
# folders, ranges; and what is no series, refused in one line. Everything is made here from a
# small repository; the ids of the changes are the same however they come.
. "$T_SRC/tests/lib.sh"

GIT_CONFIG_GLOBAL=/dev/null
GIT_CONFIG_NOSYSTEM=1
GIT_AUTHOR_NAME='Ann Author'
GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME
GIT_AUTHOR_EMAIL=ann@example.org
GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
GIT_AUTHOR_DATE='2026-01-02T03:04:05 +0000'
GIT_COMMITTER_DATE=$GIT_AUTHOR_DATE
export GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM GIT_AUTHOR_NAME GIT_COMMITTER_NAME \
	GIT_AUTHOR_EMAIL GIT_COMMITTER_EMAIL GIT_AUTHOR_DATE GIT_COMMITTER_DATE
repo=$T_TMP/repo
mkdir "$T_TMP/w" && cd "$T_TMP/w" || exit 2

g() {
	git -C "$repo" "$@" >>"$T_TMP/git.log" 2>&1
}

# lines FIRST LAST WORD: what a source file is made of here
lines() {
	seq "$1" "$2" | sed "s/^/\\t$3 /"
}

make_repo() {
	git init -q -b main "$repo"
	mkdir -p "$repo/mm" "$repo/include"
	lines 1 60 line >"$repo/mm/a.c"
	lines 1 40 call >"$repo/mm/b.c"
	printf '#!/bin/sh\n' >"$repo/run.sh"
	g add -A && g commit -m base && g tag base
	sed -i 's/line 5$/line five/' "$repo/mm/a.c"
	g commit -am 'mm: batch five'
	sed -i 's/line 30$/line thirty/' "$repo/mm/a.c"
	sed -i 's/call 7$/call seven/' "$repo/mm/b.c"
	g commit -am 'mm: thirty and seven'
	g mv mm/b.c mm/c.c
	sed -i 's/call 20$/call twenty/' "$repo/mm/c.c"
	printf '#define N 1\n' >"$repo/include/n.h"
	g add -A && g commit -m 'mm: move b.c, add n.h'
	chmod +x "$repo/run.sh"
	g rm -q include/n.h && g commit -am 'run.sh: a program'
	sed -i 's/line 50$/line fünfzig/' "$repo/mm/a.c"
	g commit -am 'mm: Übergröße für alle, in a subject so long that its header has to be folded somewhere'
}
make_repo
git -C "$repo" format-patch -q -v2 --cover-letter -o "$T_TMP/w/v2" base..
git -C "$repo" format-patch -q -o "$T_TMP/w/v1" base..
git -C "$repo" format-patch -v2 --cover-letter --stdout base.. >v2.mbox 2>>git.log

# series WORD...: what they are read as
series() {
	words=
	for word in "$@"; do
		words="$words --series $word"
	done
	# shellcheck disable=SC2086 # no blanks in these names
	t_run "$FB" kernel series $words --json
}

# expect_all: these five changes in this order, known by their ids
ids=
expect_all() {
	t_expect_exit 0
	# what is said of mails that were left out is looked at where there are some
	grep -v ': left out: ' "$T_ERR" >err.rest && t_fail "something on standard error"
	t_expect_json '[.series[].number] == [1,2,3,4,5]'
	got=$(jq -r '.series[].id' "$T_OUT")
	[ "$got" = "$ids" ] || t_fail "not the five changes in their order: $(jq -c '[.series[].subject]' "$T_OUT")"
}

# refused REGEX: exit code 129 and one line
refused() {
	t_expect_exit 129
	t_expect_one_error "$1"
}

# mail NUMBER: the file of that patch of the series, from format-patch
mail() {
	cat "$T_TMP/w/v2/v2-000$1"-*
}

t_begin "git format-patch --stdout: numbers, subjects, files, lines"
series v2.mbox
ids=$(jq -r '.series[].id' "$T_OUT")
expect_all
[ "$(printf '%s\n' "$ids" | sort -u | wc -l)" -eq 5 ] || t_fail "five changes have not five ids"
t_expect_json '.series[0] | .subject == "mm: batch five" and .files == ["mm/a.c"]'
t_expect_json '.series[1] | .files == ["mm/a.c","mm/b.c"] and .added == 2 and .removed == 2'
t_expect_json '.series[2] | .files == ["include/n.h","mm/b.c","mm/c.c"] and .name == "0003-mm-move-b.c-add-n.h.patch"'
t_expect_json '.series[3] | .files == ["include/n.h","run.sh"] and .added == 0 and .removed == 1'
t_expect_json '.series[4].subject | startswith("mm: Übergröße für alle, in a subject so long")'
t_expect_json '.series[0].from | test("v2.mbox, message 2$")'
t_end

t_begin "a table of them"
t_run "$FB" kernel series --series v2.mbox
t_expect_exit 0
t_expect_out '^2 +mm: thirty and seven +mm/a\.c mm/b\.c +\+2 -2 +[0-9a-f]{12}$'
t_end

t_begin "a folder, with its cover letter"
series v2
expect_all
t_expect_json '.series[0].name == "v2-0001-mm-batch-five.patch"'
t_end

t_begin "a range of a repository, whatever its git is set to"
series "git:$repo@base..main"
expect_all
git -C "$repo" config diff.noprefix true
git -C "$repo" config diff.context 9
git -C "$repo" config diff.renames false
git -C "$repo" config diff.algorithm patience
git -C "$repo" config color.ui always
series "git:$repo@base.."
expect_all
HOME=$T_TMP series 'git:~/repo@base..HEAD'
expect_all
for key in diff.noprefix diff.context diff.renames diff.algorithm color.ui; do
	git -C "$repo" config --unset $key
done
t_end

t_begin "a repository that is read is not changed"
find "$repo" -type f -printf '%p %T@ %s\n' | sort >before
series "git:$repo@base..main"
find "$repo" -type f -printf '%p %T@ %s\n' | sort | diff before - >"$T_TMP/changed" || t_fail "$(cat "$T_TMP/changed")"
t_end

t_begin "an mbox in any order, with replies and reviews"
{
	mail 4
	sed 's/^Subject: /Subject: Re: /' v2/v2-0002-* | sed 's/^\([+-]\)/> \1/; s/^diff/> diff/; s/^@@/> @@/'
	mail 2
	mail 0
	mail 5
	printf 'From x Thu Jan  1 00:00:00 2026\nFrom: Rev <rev@example.org>\nDate: Thu, 1 Jan 2026 00:00:00 +0000\nSubject: Re: [PATCH v2 1/5] mm: batch five\n\n> diff --git a/mm/a.c b/mm/a.c\n> +\tline five\nWhy not so?\n\ndiff --git a/mm/a.c b/mm/a.c\n--- a/mm/a.c\n+++ b/mm/a.c\n@@ -1,3 +1,3 @@\n \tline 1\n-\tline 2\n+\tline two\n \tline 3\n\nReviewed-by: Rev <rev@example.org>\n\n'
	mail 1
	mail 3
} >shuffled.mbox
series shuffled.mbox
expect_all
t_expect_json '.notes | any(test("message 6 .*a reply"))'
t_end

t_begin "two versions in one mbox: the newest"
sed 's/line five/line FIVE/' v1/0001-* >old1
{
	cat old1 v1/0002-* v1/0003-*
	cat v2.mbox
	cat v1/0004-* v1/0005-*
} >both.mbox
series both.mbox
expect_all
t_expect_err 'both\.mbox: left out: v1 \(5 mails\), for v2$'
t_expect_json '.notes == ["left out: v1 (5 mails), for v2"]'
t_end

t_begin "the same mails twice are one series"
cat v2.mbox v2.mbox >twice.mbox
series twice.mbox
expect_all
t_end

t_begin "a patch is missing: which"
{ mail 0 && mail 1 && mail 2 && mail 3 && mail 5; } >missing.mbox
series missing.mbox
refused 'missing\.mbox: patch 4 of 5 is missing \(v2\)'
{ mail 0 && mail 2 && mail 4; } >missing3.mbox
series missing3.mbox
refused "missing3\.mbox: patches 1, 3, 5 of 5 are missing"
t_end

t_begin "a new version of one patch only is no series"
{ cat v1/* && mail 3; } >partial.mbox
series partial.mbox
refused 'partial\.mbox: patches 1, 2, 4, 5 of 5 are missing \(v2\); an older version is there'
t_end

t_begin "two patches with one number, two series in one mbox"
{ cat v2.mbox && sed 's/line five/line FIVE/; s/^Message-I[dD]:.*//' v2/v2-0001-*; } >clash.mbox
series clash.mbox
refused 'two patches are number 1 of 5: clash\.mbox, message 2 .* and clash\.mbox, message 7 '
{ cat v2.mbox && sed 's,PATCH v2 1/5,PATCH v2 1/3,' v2/v2-0001-*; } >two.mbox
series two.mbox
refused 'two\.mbox: two series in it, of 5 and of 3 patches'
{ cat v2.mbox && sed 's,PATCH v2 1/5,PATCH v2,' v2/v2-0001-*; } >fix.mbox
series fix.mbox
refused 'a patch without a number among numbered ones'
t_end

t_begin "CRLF line ends"
sed 's/$/\r/' v2.mbox >crlf.mbox
series crlf.mbox
expect_all
sed 's/$/\r/' v2/v2-0001-* >crlf.patch
series crlf.patch
t_expect_json ".series[0].id == \"$(printf '%s\n' "$ids" | head -n 1)\""
t_end

# encode HOW: each mail of the series with its body in that encoding, and a CR before each LF
encode() {
	for file in v2/*; do
		sed '/^$/q' "$file" | grep -vi '^Content-Transfer-Encoding\|^MIME-Version\|^Content-Type\|^$'
		printf 'MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: %s\n\n' "$1"
		sed '1,/^$/d; s/$/\r/' "$file" | if [ "$1" = base64 ]; then
			base64
		else
			# what is not plain ASCII, '=' and what ends a line in a blank; soft breaks in long lines
			LC_ALL=C perl -pe 's/([^ -<>-~\t\n])/sprintf("=%02X", ord $1)/ge; s/=0D\n/\n/; s/(.{60}[^=]?)(?=.)(?!.?.?$)/$1=\n/g if length > 76 && !/=/'
		fi
		echo
	done
}

t_begin "base64 and quoted-printable bodies"
encode base64 >base64.mbox
grep -q 'mm/a.c' base64.mbox && t_fail "the test's base64 is none"
series base64.mbox
expect_all
encode quoted-printable >qp.mbox
grep -q '=C3=BC' qp.mbox || t_fail "the test's quoted-printable is none"
series qp.mbox
expect_all
t_end

t_begin "a subject that is encoded as a whole keeps its number"
subject=$(printf '[PATCH v2 1/5] mm: batch f\303\274nf' | base64 -w 0)
sed "s,^Subject: .*,Subject: =?UTF-8?B?$subject?=," v2/v2-0001-* >encoded.eml
{ mail 5 && mail 4 && mail 3 && mail 2 && cat encoded.eml; } >encoded.mbox
series encoded.mbox
expect_all
t_expect_json '.series[0].subject == "mm: batch fünf"'
t_end

t_begin "in-body From and Subject, scissors, escaped From lines, a signature"
{
	sed '/^$/q' v2/v2-0001-*
	printf 'Hello all, here it comes.\n\n-- >8 --\nFrom: Other Author <other@example.org>\nSubject: mm: the subject in the body\n\n>From here on it is faster.\n\nSigned-off-by: X <x@example.org>\n---\n'
	sed '1,/^---$/d' v2/v2-0001-* | sed '/^-- $/,$d'
	printf -- '-- \nAnn\n+ my phone number\n\n'
	mail 2 && mail 3 && mail 4 && mail 5
} >body.mbox
series body.mbox
expect_all
t_expect_json '.series[0].subject == "mm: the subject in the body"'
t_end

t_begin "patches attached as text/x-patch"
git -C "$repo" format-patch -q -v2 --attach --stdout base.. >attach.mbox
series attach.mbox
expect_all
git -C "$repo" format-patch -q -v2 --inline --stdout base.. >inline.mbox
series inline.mbox
expect_all
t_end

t_begin "attachments of other types are refused: which mail, which file"
sed 's,text/x-patch,application/octet-stream,' attach.mbox >octets.mbox
series octets.mbox
refused 'octets\.mbox, message 1 \("mm: batch five"\): has an attachment \(.*0001-mm-batch-five\.patch\) of type application/octet-stream.*git send-email'
{
	printf 'From x Thu Jan  1 00:00:00 2026\nFrom: A <a@example.org>\nSubject: [PATCH] mm: two\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="xyz"\n\n--xyz\nContent-Type: text/plain\n\nSee attached.\n'
	for i in 1 2; do
		printf -- '--xyz\nContent-Type: text/x-patch; name="%s.patch"\n\n' $i
		sed '1,/^---$/d' v2/v2-000$i-*
	done
	printf -- '--xyz--\n'
} >several.mbox
series several.mbox
refused 'has 2 patches attached'
t_end

t_begin "format=flowed and HTML are refused, with what to ask for"
sed 's,^Subject: .*1/5.*,&\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8; format=flowed,' v2.mbox >flowed.mbox
series flowed.mbox
refused 'flowed\.mbox, message 2 \("mm: batch five"\): is sent as format=flowed.*git send-email'
sed 's,^Subject: .*1/5.*,&\nMIME-Version: 1.0\nContent-Type: text/html,' v2.mbox >html.mbox
series html.mbox
refused 'html\.mbox, message 2 .*: is sent as HTML'
t_end

t_begin "flowed talk does not matter"
{
	cat v2.mbox
	printf 'From x Thu Jan  1 00:00:00 2026\nFrom: A <a@example.org>\nSubject: Re: [PATCH v2 1/5] mm: batch five\nContent-Type: text/plain; format=flowed\n\nNice. \n> +	line five\n'
} >talk.mbox
series talk.mbox
expect_all
t_end

t_begin "whitespace damage is seen in the hunks: wrapped, cut off, edited"
sed 's/^ \tline 4$/ \tline\n4/' v2.mbox >wrapped.mbox
series wrapped.mbox
refused 'wrapped\.mbox, message 2 .*: hunk 1 of mm/a\.c is damaged at "4"'
sed '/^ .line 7$/,$d' v2/v2-0001-* >cut.patch
series cut.patch
refused 'cut\.patch.*: hunk 1 of mm/a\.c is cut off'
sed 's/^+.line five$/&\n+\tand another/' v2/v2-0001-* >edited.patch
series edited.patch
refused 'edited\.patch.*: hunk 1 of mm/a\.c (is damaged|has more lines)'
t_end

t_begin "blanks that mail programs eat do not matter, other contents do"
printf 'a\n\n\nb\n' >"$repo/gap" && g add gap && g commit -m 'a file with empty lines' && g tag gap
printf 'a\n\nnew\n\nb\n' >"$repo/gap" && g commit -am 'mm: fill the gap'
git -C "$repo" format-patch -q --stdout gap.. >gap.patch
sed 's/^ $//' gap.patch >eaten.patch
cmp -s gap.patch eaten.patch && t_fail "nothing to eat"
series gap.patch
id=$(jq -r '.series[0].id' "$T_OUT")
series eaten.patch
t_expect_json ".series[0].id == \"$id\""
sed 's/^index .*/index 1234567..89abcde 100644/; s/^Subject: .*/Subject: [PATCH] other/; s/^@@ .*/& heading()/' gap.patch >same.patch
series same.patch
t_expect_json ".series[0].id == \"$id\" and .series[0].subject == \"other\""
sed '1,/^---$/d' gap.patch >plain.diff
series plain.diff
t_expect_json ".series[0].id == \"$id\" and .series[0].subject == \"plain.diff\""
sed 's/^@@ -1,/@@ -2,/' gap.patch >moved.patch
series moved.patch
t_expect_json ".series[0].id != \"$id\""
sed 's/^ b$/ c/' gap.patch >context.patch
series context.patch
t_expect_json ".series[0].id != \"$id\""
g reset --hard gap~
t_end

t_begin "a maildir, and mails in files"
mkdir -p maildir/cur maildir/new maildir/tmp mails mh
n=9
for file in v2/*; do
	cp "$file" "maildir/$([ $((n % 2)) -eq 0 ] && echo cur || echo new)/$n.host:2,S"
	cp "$file" "mails/message$n.eml"
	n=$((n - 1))
done
n=0
for file in v2/v2-0005* v2/v2-0002* v2/v2-0001* v2/v2-0003* v2/v2-0004*; do
	n=$((n + 1))
	cp "$file" mh/$n
done
for folder in maildir mails mh; do
	series $folder
	expect_all
done
t_end

t_begin "a quilt folder: its order, comments, guards, -p"
mkdir quilt
for i in 1 2 3 4 5; do
	cp v1/000$i-* quilt/change$i.patch
done
sed -i '1,/^---$/d; s,\([ab]\)/mm/,\1/linux/mm/,g' quilt/change1.patch
printf '# of today\nchange1.patch -p2\nchange2.patch # quick\n\n  change3.patch -p1\nchange4.patch #+guard\n#gone.patch\nchange5.patch\n' >quilt/series
series quilt
expect_all
series quilt/series
expect_all
echo 'change6.patch' >>quilt/series
series quilt
refused 'quilt/series: change6\.patch: no such file'
echo 'change1.patch -R' >quilt/series
series quilt
refused 'quilt/series: change1\.patch: option -R'
t_end

t_begin "files in a folder: 9 before 10; words in the order given"
mkdir tens
for i in 1 2 3 4 5; do
	cp v1/000$i-* tens/$((i + 7))-x.patch
done
series tens
expect_all
mkdir first rest
cp v1/0001-* v1/0002-* first/ && cp v1/0003-* v1/0004-* v1/0005-* rest/
series first rest
expect_all
t_end

t_begin "compressed files and pipes"
gzip -k v2.mbox && series v2.mbox.gz
expect_all
xz -k v2.mbox && series v2.mbox.xz
expect_all
mkfifo pipe
cat v2.mbox >pipe &
series pipe
expect_all
t_end

t_begin "what is no series"
: >empty
printf '\n' >blank
echo 'nothing but words' >words
head -c 3000 "$FB" >binary
printf '<!DOCTYPE html>\n<html><body>diff --git a/x b/x</body></html>\n' >page.html
mkdir nothing
mkdir -p emptydir/cur emptydir/new
printf 'From x Thu Jan  1 00:00:00 2026\nFrom: A <a@example.org>\nSubject: lunch\n\nToday?\n' >lunch
cat lunch lunch >lunches
series empty && refused 'empty: is empty'
series blank && refused 'blank: no patch in it'
series words && refused 'words: no patch in it'
series binary && refused 'binary: is binary'
series page.html && refused 'page\.html: is a web page.*b4:'
series nothing && refused 'nothing: no \*\.patch'
series emptydir && refused 'emptydir: a maildir without a mail'
series lunch && refused 'lunch: a mail without a diff'
series lunches && refused 'lunches: no patch in its 2 mails'
series v2/v2-0000-* && refused 'a cover letter'
series /dev/null && refused '/dev/null: neither a file nor a folder'
series no/such && refused 'no/such'
t_end

t_begin "diffs that are not taken"
printf 'diff --git a/x b/x\nindex 1..2 100644\nGIT binary patch\nliteral 3\nabc\n' >gitbinary.patch
git -C "$repo" log -p base..main >log.diff
git -C "$repo" show main~4 >show.diff
printf 'Binary files a/x and b/x differ\n' >binary.patch
printf -- '--- a/../../etc/passwd\n+++ b/../../etc/passwd\n@@ -1 +1 @@\n-a\n+b\n' >up.patch
printf -- '--- /etc/passwd\n+++ /etc/passwd\n@@ -1 +1 @@\n-a\n+b\n' >absolute.patch
printf 'diff --git a/l b/l\nnew file mode 120000\n--- /dev/null\n+++ b/l\n@@ -0,0 +1 @@\n+/etc\n\\ No newline at end of file\n' >link.patch
printf 'diff --cc x\nindex 1,2..3\n--- a/x\n+++ b/x\n@@@ -1,1 -1,1 +1,1 @@@\n--a\n -b\n++c\n' >merge.patch
printf '*** a/x\n--- b/x\n***************\n*** 1 ****\n! a\n--- 1 ----\n! b\n' >context.diff
series log.diff && refused 'log\.diff: several commits as git log prints them: take git format-patch'
series show.diff
t_expect_json ".series[0].id == \"$(printf '%s\n' "$ids" | head -n 1)\""
series gitbinary.patch && refused 'gitbinary\.patch: changes a binary file'
series binary.patch && refused 'binary\.patch: changes a binary file'
series up.patch && refused 'up\.patch: names a file outside of the source'
series absolute.patch && refused 'absolute\.patch: names a file outside of the source'
series link.patch && refused 'link\.patch: makes or changes a symbolic link'
series merge.patch && refused 'merge\.patch: the diff of a merge'
series context.diff && refused 'context\.diff: a context diff'
t_end

t_begin "ranges that are none"
series "git:$repo@base" && refused 'a series is a range: git:PATH@A\.\.B'
series "git:$repo@base...main" && refused 'a series is a range'
series "git:$repo@main..base" && refused 'no commit in that range'
series "git:$repo@nosuch..main" && refused 'nosuch'
series "git:$T_TMP/nosuch@a..b" && refused "no folder '.*/nosuch'"
series "git:$T_TMP/w/v2@a..b" && refused 'not in a git repository'
g checkout -q -b side base && echo x >"$repo/side" && g add side && g commit -m side
g checkout -q main && g merge -m merge side
series "git:$repo@base..main" && refused '1 merge among its [0-9]+ commits.*git:.*@main as the source'
git clone -q --depth 2 "file://$repo" shallow 2>>git.log
series "git:shallow@HEAD~2..HEAD"
t_expect_exit 129
t_expect_err '^foliobench: .*git:shallow@'
t_end

t_begin "b4: not installed, no network, no such thread; what it finds is kept"
mkdir bin
for tool in git cp; do
	ln -s "$(command -v $tool)" bin/
done
PATH=$T_TMP/w/bin t_run "$FB" kernel series --series b4:2026.1@example.org
t_expect_exit 2
t_expect_err '^foliobench: .*b4 is not installed \(apt install b4\); or save the thread as an mbox'
printf '#!/bin/sh\necho "Looking up it"\necho "requests.exceptions.ConnectionError: HTTPSConnectionPool"\nexit 1\n' >bin/b4
chmod +x bin/b4
PATH=$T_TMP/w/bin:$PATH t_run "$FB" kernel series --series b4:2026.1@example.org
t_expect_exit 2
t_expect_err '^foliobench: .*b4 cannot reach the archive: try again with a network'
printf '#!/bin/sh\necho "That message-id is not known."\nexit 1\n' >bin/b4
PATH=$T_TMP/w/bin:$PATH t_run "$FB" kernel series --series b4:2026.1@example.org
t_expect_exit 2
t_expect_err '^foliobench: .*b4 found no series \(That message-id is not known\.\); is that the Message-ID'
cat >bin/b4 <<-END
	#!/bin/sh
	echo "\$*" >>"$T_TMP/w/asked"
	[ "\$1" = am ] || exit 1
	read -r x && exit 1
	cp "$T_TMP/w/am.mbox" ./v2_x.mbx
END
{ cat v1/0001-* v1/0002-* && mail 3 && cat v1/0004-* v1/0005-*; } >am.mbox
PATH=$T_TMP/w/bin:$PATH series b4:2026.1@example.org
t_expect_json '[.series[].id] | length == 5'
[ "$(jq -r '.series[].id' "$T_OUT")" = "$ids" ] || t_fail "not the five changes"
t_expect_json '.series[0].from | test("^b4:2026.1@example.org, message 1$")'
grep -q '^am .* -- 2026.1@example.org$' asked || t_fail "b4 was asked for something else: $(cat asked)"
rm bin/b4
PATH=$T_TMP/w/bin:$PATH series 'b4:<2026.1@example.org>'
t_expect_exit 0
cat >bin/b4 <<-END
	#!/bin/sh
	[ "\$1" = mbox ] || { echo "ValueError: Header values may not contain linefeed"; exit 1; }
	cp "$T_TMP/w/both.mbox" ./2.mbx
END
chmod +x bin/b4
PATH=$T_TMP/w/bin:$PATH series b4:2026.2@example.org
[ "$(jq -r '.series[].id' "$T_OUT")" = "$ids" ] || t_fail "not the five changes"
t_expect_json '.notes == ["left out: v1 (5 mails), for v2"]'
series b4:nonsense && refused 'b4:nonsense: not a Message-ID'
t_end

t_begin "a recipe's series and the user's are one"
mkdir own
cp v1/0001-* v1/0002-* own/
printf '[kernel]\nsource = debian:7.3\nseries = own\n' >own.ini
t_run "$FB" kernel series ./own.ini --series rest --json
expect_all
mkdir far && cp -r "$repo" far/linux
printf '[kernel]\nsource = debian:7.3\nseries = git:linux@base..five\n' >far/range.ini
git -C far/linux branch five "$(git -C far/linux log --format=%H -n 1 --grep=fünfzig --grep=Übergröße main)"
t_run "$FB" kernel series far/range.ini --json
expect_all
t_run "$FB" kernel series stock
t_expect_exit 129
t_expect_one_error 'stock has no patches'
t_run "$FB" kernel series
t_expect_exit 129
t_expect_one_error 'series wants one kernel.s name, or --series'
t_run "$FB" kernel list --try
t_expect_exit 129
t_expect_err 'is for series'
t_end

t_begin "whether they apply to a source: all do"
git -C "$repo" worktree add -q --detach "$T_TMP/w/tree" base 2>>git.log
printf 'VERSION = 7\nPATCHLEVEL = 1\nSUBLEVEL = 0\nEXTRAVERSION =\n' >tree/Makefile
rm tree/.git
t_run "$FB" kernel series dir:tree --series v2.mbox --try --json
t_expect_exit 0
t_expect_json '[.series[].applies] == [true,true,true,true,true]'
t_end

# kept: the folder that the error names
kept() {
	grep -oE '/[^ ,:;)]*/failed-[^ /]*' "$T_ERR" | head -n 1
}

t_begin "one does not: which, which hunk, how many before it, and the state of it"
sed -i 's/line 31$/line 31 of today/' tree/mm/a.c
t_run "$FB" kernel series dir:tree --series v2.mbox --try --json
t_expect_exit 2
t_expect_err 'patch 2 of 5, "mm: thirty and seven" \(v2\.mbox, message 3\) does not apply: hunk 1 of mm/a\.c fails at line [0-9]+; the 1 before it applies; kept with its files: /.*/mm/a\.c\.rej$'
t_expect_json '[.series[].applies] == [true,false,null,null,null]'
dir=$(kept)
grep -q '^+.line thirty$' "$dir/mm/a.c.rej" || t_fail "no reject"
grep -q '^Subject: mm: thirty and seven$' "$dir/0002-mm-thirty-and-seven.patch" || t_fail "no patch"
grep -q 'line five' "$dir/mm/a.c.orig" || t_fail "a.c.orig is not as the first patch has left it"
grep -q 'call seven' "$dir/mm/b.c" || t_fail "b.c lacks the hunk that applies"
grep -q 'call seven' "$dir/mm/b.c.orig" && t_fail "b.c.orig has the hunk"
(cd "$dir" && cp mm/a.c.orig mm/a.c && cp mm/b.c.orig mm/b.c && ! patch -s -p1 -F0 -f -i "$dir"/0002-*.patch >/dev/null) ||
	t_fail "the kept patch and files do not fail the same way"
grep -q 'line 31 of today' tree/mm/a.c && ! grep -q 'line five' tree/mm/a.c || t_fail "the source was written to"
sed -i 's/line 31 of today$/line 31/' tree/mm/a.c
t_end

t_begin "a patch that is in the source already, one that lost its tabs, one for another source"
series_of() {
	t_run "$FB" kernel series dir:tree --series "$1" --try --json
	t_expect_exit 2
}
mail 1 | patch -s -d tree -p1
series_of v2.mbox
t_expect_err 'patch 1 of 5, .* hunk 1 of mm/a\.c fails at line [0-9]+; it is in this source already; kept'
mail 1 | patch -s -R -d tree -p1
sed 's/\t/        /g' v2.mbox >tabs.mbox
series_of tabs.mbox
t_expect_err 'it has no tab in it: a mail program may have made blanks of them'
mv tree/mm/b.c tree/mm/gone.c
series_of v2.mbox
t_expect_err 'patch 2 of 5, .*: mm/b\.c is not in this source'
mv tree/mm/gone.c tree/mm/b.c
mkdir -p tree/include && : >tree/include/n.h
series_of v2.mbox
t_expect_err 'patch 3 of 5, .*: it makes include/n\.h, which is there already'
rm tree/include/n.h
t_end

t_begin "hunks that have moved apply, and the log says by how much"
sed -i '1s/^/new\nlines\n/' tree/mm/a.c
t_run "$FB" kernel series dir:tree --series v2.mbox --try --json
t_expect_exit 0
log=$(find "$FOLIOBENCH_HOME/runs" -name patch.log -printf "%T@ %p\n" | sort -n | tail -n 1 | cut -d" " -f2)
grep -q '^== 1 of 5: mm: batch five' "$log" || t_fail "the log does not name the patch"
grep -q 'Hunk #1 succeeded at 4 (offset 2 lines)' "$log" || t_fail "the log does not tell the offset"
t_end

t_begin "a hundred patches are read in a few seconds"
{
	i=1
	while [ $i -le 100 ]; do
		sed "s,^Subject: .*,Subject: [PATCH $i/100] mm: step $i," v2/v2-0001-*
		i=$((i + 1))
	done
} >hundred.mbox
start=$(date +%s%N)
series hundred.mbox
took=$((($(date +%s%N) - start) / 1000000))
t_expect_json '.series | length == 100'
[ "$took" -lt 6000 ] || t_fail "$took ms"
echo "# 100 patches: $took ms"
t_end

t_done
