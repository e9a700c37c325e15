# bash completion for stsview, for ~/.bashrc: eval "$(stsview completion bash)"

_stsview() {
    local line directive=0
    COMPREPLY=()
    while IFS= read -r line; do
        if [[ $line == :* ]]; then directive=${line#:}; else COMPREPLY+=("$line"); fi
    done < <("${COMP_WORDS[0]}" __complete --bash "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
    # Without compopt, which bash 3 of macOS lacks, candidates are sorted, and a space follows each.
    compopt -o nosort 2>/dev/null
    if ((directive & 2)); then compopt -o nospace 2>/dev/null; fi
    if ((!(directive & 4) && ${#COMPREPLY[@]} == 0)); then
        compopt -o filenames 2>/dev/null
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]#=}")
    fi
    return 0
}

complete -F _stsview stsview
