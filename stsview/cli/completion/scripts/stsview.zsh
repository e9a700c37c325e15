#compdef stsview
# zsh completion for stsview: source <(stsview completion zsh), or a file _stsview in a folder of $fpath

_stsview() {
    local line word directive=0
    local -a answer described flags
    # Quotes are removed, since the program gets its words without them.
    answer=("${(@f)$("${(Q)words[1]}" __complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    for line in $answer; do
        if [[ $line == :<-> ]]; then
            directive=${line#:}
            continue
        fi
        word=${line%%$'\t'*}
        # A colon divides word and description.
        if [[ $line == *$'\t'* ]]; then
            described+=("${word//:/\\:}:${line#*$'\t'}")
        else
            described+=("${word//:/\\:}")
        fi
    done
    if ((directive & 2)); then flags=(-S ''); fi
    # -V keeps the order.
    if (($#described)); then
        _describe -V -t stsview 'stsview' described "${flags[@]}"
    elif ((!(directive & 4))); then
        # Behind --from=
        compset -P '*='
        _files
    fi
}

# Not when it is loaded from $fpath.
if [[ $funcstack[1] == _stsview ]]; then _stsview "$@"; else compdef _stsview stsview; fi
