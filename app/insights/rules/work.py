"""Rules about work and how it flows."""

from app.insights.findings import aged, by_hand, change, growing_queue, ratio, total
from app.insights.rules.rule import Rule
from app.metrics.declaration import Text

WORK: tuple[Rule, ...] = (
    Rule(
        name="aging_work",
        priority="high",
        source=aged(),
        relation="above",
        threshold=0.25,
        fewest=8,
        form="ratio",
        title=Text(en="Work in progress is getting old", fr="Le travail en cours vieillit"),
        reason=Text(
            en="{value} of the {n} items in progress are older than 85% of the items finished in the last 90 days "
            "were; up to {threshold} would be normal.",
            fr="{value} des {n} éléments en cours sont plus anciens que 85 % des éléments terminés ces 90 derniers "
            "jours ; jusqu’à {threshold} serait normal.",
        ),
        action=Text(
            en="Go through the oldest items at the next stand-up: finish, split or drop each before a new one starts.",
            fr="Passez en revue les éléments les plus anciens au prochain point : terminez, découpez ou abandonnez "
            "chacun avant d’en commencer un nouveau.",
        ),
    ),
    Rule(
        name="growing_bottleneck",
        priority="high",
        source=growing_queue(),
        relation="above",
        threshold=4,
        fewest=10,
        form="number",
        title=Text(en="Work piles up in “{about}”", fr="Le travail s’accumule dans « {about} »"),
        reason=Text(
            en="“{about}” takes the largest share of the cycle time, and {value} more items came in than left "
            "({n} came in).",
            fr="« {about} » prend la plus grande part du temps de cycle, et il y est entré {value} éléments de plus "
            "qu’il n’en est sorti ({n} entrées).",
        ),
        action=Text(
            en="Limit how many items may stand in “{about}”, and let whoever has time help there before taking new "
            "work.",
            fr="Limitez le nombre d’éléments dans « {about} », et que chacun y prête main-forte avant de prendre du "
            "nouveau travail.",
        ),
    ),
    Rule(
        name="more_comes_than_goes",
        priority="medium",
        source=ratio("arrivals", "throughput"),
        relation="above",
        threshold=1.3,
        fewest=20,
        form="ratio",
        title=Text(en="More work comes in than is finished", fr="Il arrive plus de travail qu’il ne s’en termine"),
        reason=Text(
            en="New items are {value} of the {n} that were finished; above {threshold} the backlog only grows.",
            fr="Les nouveaux éléments représentent {value} des {n} terminés ; au-delà de {threshold}, le stock ne fait "
            "que croître.",
        ),
        action=Text(
            en="Decide weekly what will not be done, and close it, until as much goes as comes.",
            fr="Décidez chaque semaine de ce qui ne sera pas fait, et fermez-le, jusqu’à l’équilibre.",
        ),
    ),
    Rule(
        name="too_much_in_progress",
        priority="medium",
        source=ratio("wip", "throughput"),
        relation="above",
        threshold=1.0,
        fewest=20,
        form="ratio",
        title=Text(en="Too much is in progress at once", fr="Trop de travail est en cours à la fois"),
        reason=Text(
            en="What is in progress amounts to {value} of all that was finished in the window ({n} items); up to "
            "{threshold} can still be finished in as long again.",
            fr="Le travail en cours équivaut à {value} de ce qui a été terminé sur la période ({n} éléments) ; "
            "jusqu’à {threshold}, il peut encore l’être en autant de temps.",
        ),
        action=Text(
            en="Agree on a limit of items in progress per team, and start nothing above it.",
            fr="Fixez une limite d’éléments en cours par équipe, et ne commencez rien au-delà.",
        ),
    ),
    Rule(
        name="low_flow_efficiency",
        priority="medium",
        source=total("flow_efficiency"),
        relation="below",
        threshold=0.25,
        fewest=20,
        form="ratio",
        title=Text(en="Started work mostly waits", fr="Le travail commencé attend surtout"),
        reason=Text(
            en="Somebody worked on the {n} finished items in only {value} of the time that they were in progress; "
            "{threshold} is within reach of most.",
            fr="Quelqu’un travaillait sur les {n} éléments terminés pendant seulement {value} de leur temps en cours ; "
            "{threshold} est à la portée de la plupart.",
        ),
        action=Text(
            en="Look up in the bottleneck ranking where items wait, and give that step a fixed time each day.",
            fr="Cherchez dans le classement des goulots où les éléments attendent, et réservez à cette étape un moment "
            "fixe chaque jour.",
        ),
    ),
    Rule(
        name="reopened_work",
        priority="high",
        source=total("reopen_rate"),
        relation="above",
        threshold=0.15,
        fewest=20,
        form="ratio",
        title=Text(en="Much finished work comes back", fr="Beaucoup de travail terminé revient"),
        reason=Text(
            en="{value} of the {n} finished items had been finished before and taken up again; the threshold is "
            "{threshold}.",
            fr="{value} des {n} éléments terminés l’avaient déjà été puis repris ; le seuil est de {threshold}.",
        ),
        action=Text(
            en="Write down with whoever accepts the work what “done” means, and check it before closing.",
            fr="Écrivez avec qui accepte le travail ce que « terminé » veut dire, et vérifiez-le avant de fermer.",
        ),
    ),
    Rule(
        name="reopening_more_often",
        priority="medium",
        source=change("reopen_rate", "value", of="difference"),
        relation="above",
        threshold=0.05,
        fewest=20,
        form="points",
        title=Text(en="Finished work comes back more often", fr="Le travail terminé revient plus souvent"),
        reason=Text(
            en="The share of reopened items rose by {value} against the window before, more than chance explains "
            "({n} items at least in each).",
            fr="La part d’éléments rouverts a augmenté de {value} par rapport à la période précédente, plus que le "
            "hasard ne l’explique (au moins {n} éléments dans chacune).",
        ),
        action=Text(
            en="Take the last five reopened items, and ask of each what would have shown the fault before its closing.",
            fr="Reprenez les cinq derniers éléments rouverts et demandez-vous ce qui aurait révélé le défaut avant la "
            "clôture.",
        ),
        by_team=False,
    ),
    Rule(
        name="slower_delivery",
        priority="high",
        source=change("cycle_time", "p85"),
        relation="above",
        threshold=0.1,
        fewest=20,
        form="ratio",
        title=Text(en="Delivery has become slower", fr="La livraison a ralenti"),
        reason=Text(
            en="85% of the items now take up to {value} longer than in the window before, more than chance explains "
            "({n} items at least in each).",
            fr="85 % des éléments prennent maintenant jusqu’à {value} de temps en plus que sur la période précédente, "
            "plus que le hasard ne l’explique (au moins {n} éléments dans chacune).",
        ),
        action=Text(
            en="Compare the bottleneck ranking of both windows, and undo or ease what changed in the status that grew.",
            fr="Comparez le classement des goulots des deux périodes, et annulez ou allégez ce qui a changé dans le "
            "statut qui a grandi.",
        ),
        by_team=False,
    ),
    Rule(
        name="manual_path",
        priority="low",
        source=by_hand(),
        relation="below",
        threshold=0.1,
        fewest=100,
        form="ratio",
        title=Text(en="Items are moved by hand", fr="Les éléments sont déplacés à la main"),
        reason=Text(
            en="Only {value} of {n} moves were automatic (below {threshold}), and most of them lead into “{about}”.",
            fr="Seulement {value} des {n} déplacements étaient automatiques (moins de {threshold}), et la plupart "
            "mènent à « {about} ».",
        ),
        action=Text(
            en="Add a rule in the tool that moves items into “{about}” when their branch, review or release says so.",
            fr="Ajoutez dans l’outil une règle qui déplace les éléments dans « {about} » lorsque leur branche, leur "
            "revue ou leur version l’indique.",
        ),
    ),
)
