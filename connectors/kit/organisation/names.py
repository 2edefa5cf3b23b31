"""Names of people and things that do not exist."""

GIVEN = (
    "Amélie", "Bastien", "Camille", "Damien", "Élodie", "Fabrice", "Gaëlle", "Hugo", "Inès", "Julien",
    "Karim", "Léa", "Mathilde", "Noé", "Océane", "Pascal", "Quentin", "Romane", "Sébastien", "Théo",
    "Ursule", "Valentin", "Wassim", "Xavière", "Yann", "Zoé", "Aïcha", "Björn", "Chiara", "Dmitri",
    "Eszter", "Farid", "Giulia", "Haruki", "Ibrahima", "Jürgen", "Kenza", "Łukasz", "Mónica", "Nguyễn",
)  # fmt: skip

FAMILY = (
    "Aubertin", "Besnard", "Chaumont", "Delorme", "Estienne", "Fontenay", "Guérineau", "Hervouet",
    "Imbertin", "Jaquemet", "Kerguelen", "Lavigerie", "Montclair", "Noirot", "Ozanneau", "Périgny",
    "Quillerou", "Rochebrune", "Sauvageot", "Thévenot", "Urbanek", "Vauquelin", "Wolfert", "Yvernault",
    "Zimmerlin", "Al-Haddad", "Brøndum", "Castellari", "Őszi", "O’Farrell",
)  # fmt: skip

TEAMS = (
    "Paiement", "Catalogue", "Mobile", "Plateforme", "Données", "Support", "Croissance", "Conformité",
    "Logistique", "Recherche",
)  # fmt: skip

PROJECTS = (
    ("SHOP", "Boutique en ligne"), ("KAN", "Application mobile"), ("NEXT", "Atelier produit"),
    ("HELP", "Assistance clients"), ("CORE", "Socle technique"), ("DATA", "Entrepôt de données"),
    ("PAY", "Paiement"), ("LOG", "Logistique"), ("SEC", "Conformité"), ("MKT", "Croissance"),
)  # fmt: skip

VERBS = (
    "Afficher", "Corriger", "Simplifier", "Accélérer", "Documenter", "Exporter", "Importer", "Vérifier",
    "Remplacer", "Traduire", "Mesurer", "Archiver",
)  # fmt: skip

OBJECTS = (
    "le panier", "la page d’accueil", "le tunnel d’achat", "les factures", "la recherche", "le profil",
    "les notifications", "l’export « CSV »", "la connexion", "le tableau de bord", "les retours",
    "le suivi des colis", "l’écran <Paramètres>", "les droits d’accès", "la pagination", "les remises",
)  # fmt: skip

LABELS = ("frontend", "backend", "dette", "client-prioritaire", "sécurité", "ux", "=urgent", "🚀")
