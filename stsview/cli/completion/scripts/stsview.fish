# fish completion for stsview: stsview completion fish | source

function __stsview_complete
    # The words before the cursor, without their quotes, since the program gets them so.
    set -l words (commandline -opc | string unescape)
    set -l word (commandline -ct | string unescape)
    set -l directive 0
    set -l found 0
    for line in ($words[1] __complete $words[2..-1] "$word" 2>/dev/null)
        if string match -qr '^:[0-9]+$' -- $line
            set directive (string sub -s 2 -- $line)
        else
            set found 1
            printf '%s\n' $line
        end
    end
    # 4: no names of files.
    if test $found = 1 -o (math "$directive % 8") -ge 4
        return
    end
    set -l typed (commandline -ct)
    if set -l parts (string match -r -- '^(--[a-z-]+=)(.*)$' $typed)
        __fish_complete_path $parts[3] | string replace -r -- '^' $parts[2]
    else
        __fish_complete_path $typed
    end
end

# -k: in the order of the program.
complete -c stsview -k -f -a '(__stsview_complete)'
